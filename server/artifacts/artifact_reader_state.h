// What a reader of an artifact holds.
#ifndef SERVER_ARTIFACTS_ARTIFACT_READER_STATE_H_
#define SERVER_ARTIFACTS_ARTIFACT_READER_STATE_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "server/artifacts/artifact_reader.h"

namespace winnow::server {

struct ArtifactReader::State {
  static Result<ArtifactReader> Open(const std::filesystem::path& path, const std::string& digest);

  Result<std::string> ReadPiece(size_t max_bytes);
  Status Damaged(const std::string& what) const;

  std::string digest;
  std::filesystem::path path;
  UniqueFd fd;
  int64_t size = 0;
  int64_t done = 0;
  bool checked = false;  // the whole was read
  Sha256 hash;
  Status status;  // the first error
};

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ARTIFACT_READER_STATE_H_
