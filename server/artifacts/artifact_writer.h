// One upload of an artifact, piece by piece. Made by ArtifactStore::StartWrite.
//
// Nothing half-written stays: whatever ends it but an OK from Finish removes its file.
#ifndef SERVER_ARTIFACTS_ARTIFACT_WRITER_H_
#define SERVER_ARTIFACTS_ARTIFACT_WRITER_H_

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"

namespace winnow::server {

class ArtifactWriter {
 public:
  struct State;

  explicit ArtifactWriter(std::unique_ptr<State> state);
  ~ArtifactWriter();
  ArtifactWriter(ArtifactWriter&&) noexcept;
  ArtifactWriter& operator=(ArtifactWriter&&) noexcept;

  // No bytes are wanted: Finish may be called at once. Bytes that come all the same are ignored.
  bool already_there() const;

  // Adds bytes. kInvalidArgument: more than were announced; kResourceExhausted: disk full. After an error every further
  // call returns it.
  Status Append(std::string_view bytes);

  // Checks size and digest and makes the artifact durable. kInvalidArgument: either differs from what was announced
  // (both are named). Once.
  Status Finish();

 private:
  std::unique_ptr<State> state_;
};

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ARTIFACT_WRITER_H_
