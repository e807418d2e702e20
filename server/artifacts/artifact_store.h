// Artifacts on disk, named by their content (docs/formats.md section 8).
//
// Layout      FOLDER/artifacts/sha256/AB/CDEF..., FOLDER/artifacts/tmp/...
// Durability  when ArtifactWriter::Finish returns OK the bytes are there after a power cut. Only then may the database
//             name them. A crash before leaves a file in tmp, which the next Open removes.
// Threads     safe for concurrent use; writers and readers are for one thread at a time each. Everything here waits for
//             the disk.
// Ownership   borrows the clock; writers and readers may outlive the store.
// Errors      kResourceExhausted the disk is full; kPermissionDenied the folder cannot be written. Both name the
// folder.
#ifndef SERVER_ARTIFACTS_ARTIFACT_STORE_H_
#define SERVER_ARTIFACTS_ARTIFACT_STORE_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "server/artifacts/artifact_reader.h"
#include "server/artifacts/artifact_writer.h"

namespace winnow::server {

class ArtifactFiles;  // server/artifacts/artifact_files.h

// What a collection found.
struct GarbageReport {
  int64_t kept = 0;
  int64_t removed = 0;
  int64_t removed_bytes = 0;
};

class ArtifactStore {
 public:
  // Makes the folders and empties tmp.
  static Result<std::unique_ptr<ArtifactStore>> Open(const std::filesystem::path& folder, const Clock* clock);

  ~ArtifactStore();
  ArtifactStore(const ArtifactStore&) = delete;
  ArtifactStore& operator=(const ArtifactStore&) = delete;

  // Size in bytes. kNotFound: not there.
  Result<int64_t> Size(const std::string& digest) const;

  // Begins an upload of `size` bytes that have the digest `digest`. If it is there already, of that size, and undamaged
  // as far as the size tells, the writer says so (already_there) and wants no bytes; it counts as uploaded now.
  // kInvalidArgument: no digest, or a negative size.
  Result<ArtifactWriter> StartWrite(const std::string& digest, int64_t size);

  // kNotFound: not there.
  Result<ArtifactReader> OpenRead(const std::string& digest) const;

  // Reads it whole. kDataLoss: what lies there no longer has this digest.
  Status Check(const std::string& digest) const;

  // Removes it if it was last uploaded before `uploaded_before`; whether it is gone. One that is not there is gone.
  Result<bool> Remove(const std::string& digest, WallTime uploaded_before);

  // Removes every artifact for which `is_live` says no and that was last uploaded before `uploaded_before`. Ask the
  // database for the live ones after the moment that `uploaded_before` names: what is uploaded meanwhile stays.
  Result<GarbageReport> CollectGarbage(const std::function<bool(const std::string& digest)>& is_live,
                                       WallTime uploaded_before);

 private:
  explicit ArtifactStore(std::shared_ptr<ArtifactFiles> files);

  const std::shared_ptr<ArtifactFiles> files_;  // shared with writers
};

}  // namespace winnow::server

#endif  // SERVER_ARTIFACTS_ARTIFACT_STORE_H_
