// The digest of a data set (docs/formats.md section 6), by which a sweep and a worker agree on what is trained on.
//
// It is the SHA-256 of a text with one line "SHA256  NAME\n" a file, sorted by NAME. A packed file counts as its
// content under its name without ".gz", so packed and unpacked copies have the same digest.
#ifndef SPEC_DATA_DIGEST_H_
#define SPEC_DATA_DIGEST_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace winnow::spec {

// The digest of the files `names` (without ".gz") in `folder`. Reads all of them: about 0.3 s for Fashion-MNIST.
//
// Errors   kNotFound         a file is there neither plain nor packed
//          kDataLoss         a damaged .gz file
//          kInvalidArgument  no names
Result<std::string> DataDigest(const std::filesystem::path& folder, std::vector<std::string> names);

}  // namespace winnow::spec

#endif  // SPEC_DATA_DIGEST_H_
