// Files of artifacts that the database no longer names, removed a while later.
//
// Not at once: an upload of the same bytes may have found the file in place just before the database forgot it, and is
// about to name it again. What is forgotten by a crash in between is found by the collection at the next start.
//
// Threads    safe for concurrent use; looks and removes on the I/O threads.
#ifndef SERVER_COORDINATOR_ARTIFACT_TRASH_H_
#define SERVER_COORDINATOR_ARTIFACT_TRASH_H_

#include <chrono>
#include <deque>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "server/artifacts/artifact_store.h"
#include "server/coordinator/io_threads.h"
#include "server/store/store.h"

namespace winnow::server {

class ArtifactTrash {
 public:
  // Longer than any upload takes from its file's being in place to its commit.
  static constexpr std::chrono::seconds kGrace{60};

  ArtifactTrash(Store* store, ArtifactStore* artifacts, Clock* clock, IoThreads* io)
      : store_(store), artifacts_(artifacts), clock_(clock), io_(io) {}

  void Add(const std::vector<std::string>& digests);
  // Removes those whose time has come, unless they have got a name again.
  void Tick();
  // Removes every file without a name, and names that nothing uses, both older than a day. On an I/O thread.
  void CollectAll();

 private:
  void RemoveUnnamed(const std::string& digest);

  Store* const store_;
  ArtifactStore* const artifacts_;
  Clock* const clock_;
  IoThreads* const io_;
  std::mutex mutex_;
  std::deque<std::pair<SteadyTime, std::string>> due_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_ARTIFACT_TRASH_H_
