#include "server/coordinator/artifact_desk.h"

#include <optional>
#include <utility>

#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

Result<Artifact> FindNamed(Store& store, const std::string& digest) {
  std::optional<Artifact> artifact;
  const Status status = store.Read([&](const StoreReader& reader) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(artifact, reader.FindArtifact(digest));
    return OkStatus();
  });
  if (!status.ok()) return Err(status);
  if (!artifact) return Err(NotFound(ArtifactName(digest) + " is not on this coordinator"));
  return *artifact;
}

struct LoggedAttempt {
  int number = 0;
  bool has_ended = false;
};

Result<LoggedAttempt> FindLogged(Store& store, const std::string& key, int number) {
  LoggedAttempt found;
  const Status status = store.Read([&](const StoreReader& reader) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const Stage stage, reader.GetStage(key));
    found.number = number == 0 ? stage.attempt : number;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Attempt> attempt, reader.FindAttempt(key, found.number));
    if (!attempt) {
      return NotFound(number == 0 ? StageName(key) + " has not been attempted yet"
                                  : StageName(key) + " has no attempt " + std::to_string(number));
    }
    found.has_ended = attempt->state != AttemptState::kRunning;
    return OkStatus();
  });
  if (!status.ok()) return Err(status);
  return found;
}

}  // namespace

void ArtifactDesk::Get(std::string digest, Done<Artifact> done) {
  parts_.io->Post(
      [store = parts_.store, digest = std::move(digest), done = std::move(done)] { done(FindNamed(*store, digest)); });
}

void ArtifactDesk::OpenRead(std::string digest, Done<std::shared_ptr<ArtifactReader>> done) {
  parts_.io->Post([&parts = parts_, digest = std::move(digest), done = std::move(done)] {
    if (const Result<Artifact> named = FindNamed(*parts.store, digest); !named) return done(Err(named.error()));
    Result<ArtifactReader> reader = parts.artifacts->OpenRead(digest);
    if (!reader) return done(Err(reader.error()));
    done(std::make_shared<ArtifactReader>(*std::move(reader)));
  });
}

void ArtifactDesk::Next(std::shared_ptr<ArtifactReader> reader, size_t max_bytes, Done<std::string> done) {
  parts_.io->Post([reader = std::move(reader), max_bytes, done = std::move(done)] { done(reader->Next(max_bytes)); });
}

void ArtifactDesk::StartWrite(std::string digest, int64_t size, Done<std::shared_ptr<ArtifactWriter>> done) {
  parts_.io->Post([artifacts = parts_.artifacts, digest = std::move(digest), size, done = std::move(done)] {
    Result<ArtifactWriter> writer = artifacts->StartWrite(digest, size);
    if (!writer) return done(Err(writer.error()));
    done(std::make_shared<ArtifactWriter>(*std::move(writer)));
  });
}

void ArtifactDesk::Append(std::shared_ptr<ArtifactWriter> writer, std::string bytes, Done<bool> done) {
  parts_.io->Post([writer = std::move(writer), bytes = std::move(bytes), done = std::move(done)] {
    const Status status = writer->Append(bytes);
    if (!status.ok()) return done(Err(status));
    done(true);
  });
}

void ArtifactDesk::Finish(std::shared_ptr<ArtifactWriter> writer, std::string digest, int64_t size,
                          Done<Artifact> done) {
  parts_.io->Post(
      [&parts = parts_, writer = std::move(writer), digest = std::move(digest), size, done = std::move(done)] {
        if (const Status status = writer->Finish(); !status.ok()) return done(Err(status));
        Artifact artifact{.digest = digest, .size_bytes = size, .upload_time = parts.clock->WallNow()};
        parts.store->Submit([artifact](StoreWriter& store) { return store.PutArtifact(artifact); },
                            [artifact, done](const Status& status) {
                              if (!status.ok()) return done(Err(status));
                              done(artifact);
                            });
      });
}

void ArtifactDesk::ReadLog(std::string stage, int attempt, int64_t offset, size_t max_bytes, Done<LogRead> done) {
  parts_.io->Post([&parts = parts_, stage = std::move(stage), attempt, offset, max_bytes, done = std::move(done)] {
    // The state first: what is logged before an attempt ends is then seen by a read after it.
    const Result<LoggedAttempt> logged = FindLogged(*parts.store, stage, attempt);
    if (!logged) return done(Err(logged.error()));
    Result<LogPiece> piece = parts.logs->Read(stage, logged->number, offset, static_cast<int64_t>(max_bytes));
    if (!piece && piece.error().code() == StatusCode::kNotFound) piece = LogPiece();  // it has logged nothing
    if (!piece) return done(Err(piece.error()));
    done(LogRead{logged->number, *std::move(piece), logged->has_ended});
  });
}

}  // namespace winnow::server
