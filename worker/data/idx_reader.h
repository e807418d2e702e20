// IDX files, the format of MNIST and Fashion-MNIST: a magic number (0, 0, type 8 = unsigned byte, number of
// dimensions), the dimensions as big-endian 32-bit numbers, the bytes.
#ifndef WORKER_DATA_IDX_READER_H_
#define WORKER_DATA_IDX_READER_H_

#include <filesystem>
#include <string>

#include "base/result.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

// Reads a pair of files. Each may lie there packed (`images` + ".gz") or not; the plain one is preferred.
//
// Errors   kNotFound      neither form is there
//          kDataLoss      wrong magic, truncated, longer than its dimensions say, counts of images and labels differ,
//                         a label >= classes; the message names the file, what was expected and what was found
Result<ImageSet> ReadIdx(const std::filesystem::path& images, const std::filesystem::path& labels, int64_t classes);

}  // namespace winnow::worker

#endif  // WORKER_DATA_IDX_READER_H_
