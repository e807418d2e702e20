// Catalogue of the data sets that Winnow reads: sizes, files and digests.
#ifndef SPEC_DATA_SET_H_
#define SPEC_DATA_SET_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace winnow::spec {

// A data set whose files, classes and sizes only the user knows (spec/image_files.h).
inline constexpr std::string_view kImageFolder = "image-folder";

enum class DataFormat {
  kIdx,          // the four MNIST-like files; each plain or packed as NAME.gz
  kCifarBinary,  // records of label_bytes bytes, of which the last is the label, and channels x height x width bytes
  kImageFolder,  // train/CLASS/FILE and val/CLASS/FILE, JPEG or PNG of any size
};

// One data set. Images are bytes on disk; a network sees them divided by 255, padded with zeros on all sides alike from
// file_height x file_width to height x width, and then normalised (see FindNormalisation).
struct DataSet {
  std::string name;
  DataFormat format;
  int channels;
  int label_bytes = 1;  // kCifarBinary: of a record
  int file_height, file_width;
  int height, width;
  int classes;
  int train_images, test_images;         // 0 for kImageFolder: nobody knows before
  std::vector<std::string> train_files;  // kIdx: images, labels. kCifarBinary: in the order of the images.
  std::vector<std::string> test_files;
  std::vector<std::string> folders;  // where the files may lie relative to the data set's folder, in order; "" = there
  // Of the published files, docs/formats.md section 6; "" where nobody could check them for Winnow: a sweep then names
  // the digest of the copy it means.
  std::string digest;
};

// Those with files of their own: all but kImageFolder.
const std::vector<DataSet>& DataSets();
std::vector<std::string> DataSetNames();

// `classes` and `side` are for kImageFolder; 0: 224 pixels. Others have their own, and take only 0.
//
// kNotFound         with the nearest names
// kInvalidArgument  kImageFolder without classes, or others with them
Result<DataSet> FindDataSet(std::string_view name, int classes = 0, int side = 0);

// What a channel goes through after the division by 255 and the padding: (value - mean) / deviation. A padded pixel is
// a black one, so it is normalised too.
struct Normalisation {
  std::vector<float> mean;       // one a channel
  std::vector<float> deviation;  // one a channel, > 0

  friend bool operator==(const Normalisation&, const Normalisation&) = default;
};

// A property of network and data set together: resnet-20 and resnet-56 take ImageNet's figures for CIFAR-10, because
// the published weights were trained so.
Normalisation FindNormalisation(std::string_view network, const DataSet& data_set);

}  // namespace winnow::spec

#endif  // SPEC_DATA_SET_H_
