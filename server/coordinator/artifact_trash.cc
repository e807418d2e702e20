#include "server/coordinator/artifact_trash.h"

#include <optional>
#include <unordered_set>

#include "base/logging.h"

namespace winnow::server {
namespace {

// What nothing uses stays so long: a user may have uploaded it for a sweep to come.
constexpr std::chrono::hours kUnusedLifetime{24};

WallTime Before(const Clock& clock, std::chrono::seconds age) { return clock.WallNow() - age; }

}  // namespace

void ArtifactTrash::Add(const std::vector<std::string>& digests) {
  std::lock_guard lock(mutex_);
  for (const std::string& digest : digests) due_.emplace_back(clock_->Now() + kGrace, digest);
}

void ArtifactTrash::Tick() {
  std::vector<std::string> ripe;
  {
    std::lock_guard lock(mutex_);
    while (!due_.empty() && due_.front().first <= clock_->Now()) {
      ripe.push_back(std::move(due_.front().second));
      due_.pop_front();
    }
  }
  for (std::string& digest : ripe) {
    io_->Post([this, digest = std::move(digest)] { RemoveUnnamed(digest); });
  }
}

void ArtifactTrash::RemoveUnnamed(const std::string& digest) {
  bool is_named = false;
  const Status status = store_->Read([&](const StoreReader& reader) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Artifact> artifact, reader.FindArtifact(digest));
    is_named = artifact.has_value();
    return OkStatus();
  });
  if (!status.ok() || is_named) return;
  const Result<bool> removed = artifacts_->Remove(digest, Before(*clock_, kGrace));
  if (!removed) spdlog::warn("cannot remove an artifact that nothing names: {}", removed.error().ToString());
}

void ArtifactTrash::CollectAll() {
  const WallTime old = Before(*clock_, kUnusedLifetime);
  store_->Submit([old](StoreWriter& writer) { return StatusOf(writer.ForgetUnusedArtifacts(old)); },
                 [this, old](const Status& forgotten) {
                   if (!forgotten.ok()) return;
                   io_->Post([this, old] {
                     std::unordered_set<std::string> named;
                     const Status status = store_->Read([&](const StoreReader& reader) {
                       return reader.ForEachArtifact([&](Artifact artifact) {
                         named.insert(std::move(artifact.digest));
                         return OkStatus();
                       });
                     });
                     if (!status.ok()) return;
                     const auto report = artifacts_->CollectGarbage(
                         [&](const std::string& digest) { return named.contains(digest); }, old);
                     if (!report) {
                       spdlog::warn("cannot collect unused artifacts: {}", report.error().ToString());
                     } else if (report->removed > 0) {
                       spdlog::info("removed {} unused artifacts, {} bytes", report->removed, report->removed_bytes);
                     }
                   });
                 });
}

}  // namespace winnow::server
