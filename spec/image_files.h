// Which files a folder of images holds: train/CLASS/FILE and val/CLASS/FILE, or test/CLASS/FILE.
//
// No pixel is looked at here: the command line's `winnow data digest` and the agent need the names alone.
#ifndef SPEC_IMAGE_FILES_H_
#define SPEC_IMAGE_FILES_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace winnow::spec {

enum class ImageSplit { kTrain, kTest };

struct ImageFile {
  std::string path;  // relative to the folder: "train/n01440764/a.JPEG"
  int label = 0;     // of its class, counted from 0 in the order of the folders' names in train/
};

struct ImageFolderFiles {
  std::vector<std::string> classes;
  std::vector<ImageFile> train, test;  // each in the order of the paths
};

// Whether it looks like one: there is a train folder with folders in it, and a val or test one.
bool IsImageFolder(const std::filesystem::path& folder);

// Files called *.jpg, *.jpeg and *.png (in any case) in folders of classes; other files, and those whose names begin
// with a dot, are passed over.
//
// Errors   kNotFound   no train folder, or neither val nor test
//          kDataLoss   no class in train; a class of it without images; a class of val or test that train has not:
//                      names the first and how many
Result<ImageFolderFiles> ListImageFolder(const std::filesystem::path& folder);

// Their paths, for DataDigest().
std::vector<std::string> AllPaths(const ImageFolderFiles& files);

}  // namespace winnow::spec

#endif  // SPEC_IMAGE_FILES_H_
