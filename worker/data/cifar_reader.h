// The binary layout of CIFAR-10 and CIFAR-100: records of one label byte, or of a coarse and a fine one, and 3 planes
// of 32 x 32 bytes.
#ifndef WORKER_DATA_CIFAR_READER_H_
#define WORKER_DATA_CIFAR_READER_H_

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

struct CifarLayout {
  int64_t label_bytes = 1;  // the last of them counts
  int64_t classes = 10;     // at most 256
  int64_t records_per_file = 10000;
};

// Reads `files` one after the other into one set. Each holds exactly `records_per_file` records.
//
// Errors   kNotFound   a file is not there
//          kDataLoss   a file of another size, labels that are no class; names the file, what was expected and found,
//                      and how many labels are wrong
Result<ImageSet> ReadCifar(const std::vector<std::filesystem::path>& files, const CifarLayout& layout);

}  // namespace winnow::worker

#endif  // WORKER_DATA_CIFAR_READER_H_
