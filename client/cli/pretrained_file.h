// Finding the file of pretrained weights that a spec names.
#ifndef CLIENT_CLI_PRETRAINED_FILE_H_
#define CLIENT_CLI_PRETRAINED_FILE_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/sweep_spec.h"

namespace winnow::cli {

struct FoundFile {
  std::filesystem::path path;
  std::string sha256;
};

struct PretrainedPlaces {
  std::filesystem::path spec_folder;
  std::filesystem::path working_folder;
  std::vector<std::filesystem::path> data_roots;
};

// Looks for `pretrained.path` relative to the spec's folder, the working folder and each data root, in this order, then
// for a file of its name up to four folders deep in the data roots. Where the spec gives a digest, only a file that has
// it counts.
//
// Errors   kNotFound          there is none; the message lists the places
//          kInvalidArgument   files of that name are there, none with the digest: which, expected and found
Result<FoundFile> FindPretrainedFile(const spec::Pretrained& pretrained, const PretrainedPlaces& places);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_PRETRAINED_FILE_H_
