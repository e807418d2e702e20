// What an upload holds.
#ifndef SERVER_ARTIFACTS_ARTIFACT_WRITER_STATE_H_
#define SERVER_ARTIFACTS_ARTIFACT_WRITER_STATE_H_

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "server/artifacts/artifact_files.h"
#include "server/artifacts/artifact_writer.h"

namespace winnow::server {

struct ArtifactWriter::State {
  static Result<ArtifactWriter> Start(std::shared_ptr<ArtifactFiles> files, const std::string& digest, int64_t size);
  // Removes the temporary file, if it still has that name.
  ~State();

  // Whether what came is what was announced.
  Status Check();

  std::shared_ptr<ArtifactFiles> files;
  std::string digest;
  int64_t size = 0;
  bool already_there = false;
  std::filesystem::path temporary;  // "" where there is none
  UniqueFd fd;
  Sha256 hash;
  int64_t written = 0;
  bool finished = false;
  Status status;  // the first error
};

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ARTIFACT_WRITER_STATE_H_
