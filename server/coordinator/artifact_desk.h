// Uploads, downloads and logs, as steps that each run on an I/O thread and answer from there.
//
// Steps of one upload or download come one at a time; the next is asked for when the one before has answered.
//
// Threads    safe for concurrent use; nothing blocks.
#ifndef SERVER_COORDINATOR_ARTIFACT_DESK_H_
#define SERVER_COORDINATOR_ARTIFACT_DESK_H_

#include <memory>
#include <string>

#include "server/coordinator/coordinator_parts.h"
#include "server/domain/artifact.h"

namespace winnow::server {

class ArtifactDesk {
 public:
  explicit ArtifactDesk(const CoordinatorParts& parts) : parts_(parts) {}

  // kNotFound: the database names no such artifact.
  void Get(std::string digest, Done<Artifact> done);

  // kNotFound likewise. Errors of reading as ArtifactReader.
  void OpenRead(std::string digest, Done<std::shared_ptr<ArtifactReader>> done);
  void Next(std::shared_ptr<ArtifactReader> reader, size_t max_bytes, Done<std::string> done);

  // Errors of writing as ArtifactWriter. Dropping the writer drops the upload.
  void StartWrite(std::string digest, int64_t size, Done<std::shared_ptr<ArtifactWriter>> done);
  void Append(std::shared_ptr<ArtifactWriter> writer, std::string bytes, Done<bool> done);
  // Durable and named by the database when it answers.
  void Finish(std::shared_ptr<ArtifactWriter> writer, std::string digest, int64_t size, Done<Artifact> done);

  // A piece of an attempt's log, and whether more can come.
  struct LogRead {
    int attempt = 0;
    LogPiece piece;
    bool has_ended = false;
  };
  // `attempt` 0: the latest; a negative offset counts from the end. An attempt without a log yet reads as empty.
  // kNotFound: no such stage or attempt, or its log has been removed.
  void ReadLog(std::string stage, int attempt, int64_t offset, size_t max_bytes, Done<LogRead> done);

 private:
  const CoordinatorParts& parts_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_ARTIFACT_DESK_H_
