// A data set of the catalogue, read from a folder.
#ifndef WORKER_DATA_LOAD_DATA_SET_H_
#define WORKER_DATA_LOAD_DATA_SET_H_

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "spec/data_set.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

// kHeldOut: those of the training files that nothing is trained on.
enum class Split { kTrain, kHeldOut, kTest };

// Reads one split. `folder` or one of data_set.folders below it holds the files. `limit` (0 = all): of the training
// split the first images of TrainingSubset(); of the test split the first of the file; of no effect on the held-out
// one. `held_out`: how many of the training images that split has; no part of the test split.
//
// Errors   kNotFound          a file is missing: names every place that was looked at
//          kDataLoss          as the readers, and images of another size or number than the catalogue says
//          kInvalidArgument   a negative limit, or one above the number of images; the same of `held_out`; none left
//          kUnimplemented     a folder of images in a build that decodes none
Result<ImageSet> LoadDataSet(const spec::DataSet& data_set, const std::filesystem::path& folder, Split split,
                             int64_t limit, int64_t held_out = 0);

}  // namespace winnow::worker

#endif  // WORKER_DATA_LOAD_DATA_SET_H_
