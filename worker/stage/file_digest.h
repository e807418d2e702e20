// Checking that a file is the one that was meant.
#ifndef WORKER_STAGE_FILE_DIGEST_H_
#define WORKER_STAGE_FILE_DIGEST_H_

#include <filesystem>
#include <string>

#include "base/status.h"

namespace winnow::worker {

// kDataLoss with expected and found when the file's SHA-256 is not `expected`; kNotFound where there is no file. An
// empty `expected` checks nothing, nor does a build without OpenSSL (docs/decisions/0006).
Status CheckFileDigest(const std::filesystem::path& path, const std::string& expected);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_FILE_DIGEST_H_
