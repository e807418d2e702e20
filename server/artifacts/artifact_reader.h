// The bytes of an artifact, piece by piece, checked on the way. Made by ArtifactStore::OpenRead.
#ifndef SERVER_ARTIFACTS_ARTIFACT_READER_H_
#define SERVER_ARTIFACTS_ARTIFACT_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace winnow::server {

class ArtifactReader {
 public:
  struct State;

  explicit ArtifactReader(std::unique_ptr<State> state);
  ~ArtifactReader();
  ArtifactReader(ArtifactReader&&) noexcept;
  ArtifactReader& operator=(ArtifactReader&&) noexcept;

  int64_t size() const;

  // The next bytes, at most `max_bytes` (>= 1); "" at the end. The last piece is given only once the digest of the
  // whole has been found right; else kDataLoss, naming the artifact: a reader never has all of a damaged one.
  Result<std::string> Next(size_t max_bytes);

 private:
  std::unique_ptr<State> state_;
};

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ARTIFACT_READER_H_
