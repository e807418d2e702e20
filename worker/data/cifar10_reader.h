// CIFAR-10's binary layout: records of one label byte and 3 planes of 32 x 32 bytes.
#ifndef WORKER_DATA_CIFAR10_READER_H_
#define WORKER_DATA_CIFAR10_READER_H_

#include <filesystem>
#include <vector>

#include "base/result.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

// Reads `files` one after the other into one set. Each holds exactly `records_per_file` records.
//
// Errors   kNotFound   a file is not there
//          kDataLoss   a file of another size, a label above 9; names the file, what was expected and found
Result<ImageSet> ReadCifar10(const std::vector<std::filesystem::path>& files, int64_t records_per_file = 10000);

}  // namespace winnow::worker

#endif  // WORKER_DATA_CIFAR10_READER_H_
