#include "spec/data_set.h"

#include <algorithm>

#include "spec/nearest_name.h"

namespace winnow::spec {
namespace {

constexpr int kDefaultSide = 224;

}  // namespace

const std::vector<DataSet>& DataSets() {
  static const auto* const kSets = new std::vector<DataSet>{
      {.name = "fashion-mnist",
       .format = DataFormat::kIdx,
       .channels = 1,
       .file_height = 28,
       .file_width = 28,
       .height = 32,
       .width = 32,
       .classes = 10,
       .train_images = 60000,
       .test_images = 10000,
       .train_files = {"train-images-idx3-ubyte", "train-labels-idx1-ubyte"},
       .test_files = {"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"},
       .folders = {""},
       .digest = "d0a13531871adf77cb1d75902c9d2a2fdf613723748f5e8c24e0169faf064dc8"},
      {.name = "cifar-10",
       .format = DataFormat::kCifarBinary,
       .channels = 3,
       .file_height = 32,
       .file_width = 32,
       .height = 32,
       .width = 32,
       .classes = 10,
       .train_images = 50000,
       .test_images = 10000,
       .train_files = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                       "data_batch_5.bin"},
       .test_files = {"test_batch.bin"},
       .folders = {"", "cifar-10-batches-bin"},
       .digest = "5fdcf57d170bdbc7da569af1dabd64d7d3c7507e9e7aa861fc7b691d5355c232"},
      {.name = "cifar-100",
       .format = DataFormat::kCifarBinary,
       .channels = 3,
       .label_bytes = 2,  // coarse, fine
       .file_height = 32,
       .file_width = 32,
       .height = 32,
       .width = 32,
       .classes = 100,
       .train_images = 50000,
       .test_images = 10000,
       .train_files = {"train.bin"},
       .test_files = {"test.bin"},
       .folders = {"", "cifar-100-binary"},
       .digest = ""},
  };
  return *kSets;
}

std::vector<std::string> DataSetNames() {
  std::vector<std::string> names;
  for (const DataSet& set : DataSets()) names.push_back(set.name);
  names.emplace_back(kImageFolder);
  return names;
}

Result<DataSet> FindDataSet(std::string_view name, int classes, int side) {
  if (name == kImageFolder) {
    if (classes == 0) return Err(InvalidArgument("the data set image-folder needs its number of classes"));
    DataSet set{};
    set.name = kImageFolder;
    set.format = DataFormat::kImageFolder;
    set.channels = 3;
    set.file_height = set.file_width = set.height = set.width = side == 0 ? kDefaultSide : side;
    set.classes = classes;
    set.folders = {""};
    return set;
  }
  const std::vector<DataSet>& sets = DataSets();
  const auto found = std::find_if(sets.begin(), sets.end(), [&](const DataSet& set) { return set.name == name; });
  if (found == sets.end()) {
    return Err(NotFound("no data set is called \"" + std::string(name) + "\"; " + SuggestNames(name, DataSetNames())));
  }
  if (classes != 0 || side != 0) {
    return Err(InvalidArgument("the data set " + found->name + " has its own classes and sizes"));
  }
  return *found;
}

Normalisation FindNormalisation(std::string_view network, const DataSet& data_set) {
  if (data_set.name == "fashion-mnist") {
    // Mean and deviation of the training images before padding.
    return {.mean = {0.2860f}, .deviation = {0.3530f}};
  }
  if (data_set.format == DataFormat::kImageFolder) {
    return {.mean = {0.485f, 0.456f, 0.406f}, .deviation = {0.229f, 0.224f, 0.225f}};
  }
  if (data_set.name == "cifar-100") {
    return {.mean = {0.507f, 0.487f, 0.441f}, .deviation = {0.267f, 0.256f, 0.276f}};
  }
  if (network == "resnet-20" || network == "resnet-56") {
    return {.mean = {0.485f, 0.456f, 0.406f}, .deviation = {0.229f, 0.224f, 0.225f}};
  }
  return {.mean = {0.4914f, 0.4822f, 0.4465f}, .deviation = {0.247f, 0.243f, 0.261f}};
}

}  // namespace winnow::spec
