// Folders of images as torchvision's ImageFolder has them: train/CLASS/FILE and val/CLASS/FILE (or test/CLASS/FILE).
#ifndef WORKER_DATA_IMAGE_FOLDER_H_
#define WORKER_DATA_IMAGE_FOLDER_H_

#include <filesystem>

#include "base/result.h"
#include "spec/image_files.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

// The images of one split as files, which are looked into but not decoded: that happens batch by batch
// (worker/data/batch_assembler.h). Sides are those a net gets, `side` x `side`. Classes are numbered in the order of
// their folders' names in train/, for both splits; files in the order of their paths.
//
// Errors   kNotFound         no train/ or none of val/ and test/
//          kDataLoss         another number of classes, a class without images in train/, a class of val/ that train/
//                            has not, files that are no images: which, and how many
//          kUnimplemented    this build decodes no images
Result<ImageSet> ReadImageFolder(const std::filesystem::path& folder, spec::ImageSplit split, int64_t classes,
                                 int64_t side);

}  // namespace winnow::worker

#endif  // WORKER_DATA_IMAGE_FOLDER_H_
