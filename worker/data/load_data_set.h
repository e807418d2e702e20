// A data set of the catalogue, read from a folder.
#ifndef WORKER_DATA_LOAD_DATA_SET_H_
#define WORKER_DATA_LOAD_DATA_SET_H_

#include <cstdint>
#include <filesystem>

#include "base/result.h"
#include "spec/data_set.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

enum class Split { kTrain, kTest };

// Reads one split. `folder` or one of data_set.folders below it holds the files. `limit` (0 = all): of the training
// split the first images of TrainingSubset(); of the test split the first of the file.
//
// Errors   kNotFound          a file is missing: names every place that was looked at
//          kDataLoss          as the readers, and images of another size or number than the catalogue says
//          kInvalidArgument   a negative limit, or one above the number of images
//          kUnimplemented     a folder of images in a build that decodes none
Result<ImageSet> LoadDataSet(const spec::DataSet& data_set, const std::filesystem::path& folder, Split split,
                             int64_t limit);

}  // namespace winnow::worker

#endif  // WORKER_DATA_LOAD_DATA_SET_H_
