// Artifacts up and down, checked by their digests on the way.
#ifndef CLIENT_LIB_ARTIFACT_CLIENT_H_
#define CLIENT_LIB_ARTIFACT_CLIENT_H_

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/lib/connection.h"

namespace winnow::client {

// "artifacts/sha256-HEX" of 64 lower-case hexadecimal digits, and back. kInvalidArgument where it has another form.
std::string ArtifactName(std::string_view sha256);
Result<std::string> ArtifactDigest(std::string_view name);

// Threads    as Client.
// Ownership  borrows the connection.
// Errors     as Connection, the API's, and those of the files.
class ArtifactClient {
 public:
  explicit ArtifactClient(Connection* connection, CallPolicy policy = {}) : connection_(connection), policy_(policy) {}

  Result<v1::Artifact> Get(const std::string& name);

  // Stores the file's content, unless the coordinator has it already: it is hashed first. The file is opened once, so
  // it may be replaced or removed meanwhile. Durable there when this returns.
  // kNotFound: no such file. kInvalidArgument: it was written to while it was sent.
  Result<v1::Artifact> Upload(const std::filesystem::path& file);

  // Writes the artifact to `to`: whole, checked and synced, or not at all; what was there before is replaced.
  // kDataLoss: what came has another digest.
  Status Download(const std::string& name, const std::filesystem::path& to);

 private:
  Result<v1::Artifact> Send(int fd, const v1::Artifact& artifact, const std::filesystem::path& file);
  Status Receive(const std::string& name, const std::string& digest, const std::filesystem::path& to);

  Connection* const connection_;
  const CallPolicy policy_;
};

}  // namespace winnow::client

#endif  // CLIENT_LIB_ARTIFACT_CLIENT_H_
