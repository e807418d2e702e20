// What the desks of a coordinator work with. All of it is borrowed, from the Coordinator and from whoever made that.
#ifndef SERVER_COORDINATOR_COORDINATOR_PARTS_H_
#define SERVER_COORDINATOR_COORDINATOR_PARTS_H_

#include <functional>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "server/artifacts/artifact_store.h"
#include "server/artifacts/attempt_log.h"
#include "server/coordinator/artifact_trash.h"
#include "server/coordinator/dispatcher.h"
#include "server/coordinator/io_threads.h"
#include "server/coordinator/live_board.h"
#include "server/coordinator/log_followers.h"
#include "server/coordinator/watch_hub.h"
#include "server/leases/lease_table.h"
#include "server/store/store.h"

namespace winnow::server {

// How an answer comes: once, from any thread, which it must not block.
template <typename T>
using Done = std::function<void(Result<T>)>;

struct CoordinatorParts {
  Store* store = nullptr;
  ArtifactStore* artifacts = nullptr;
  AttemptLogs* logs = nullptr;
  Clock* clock = nullptr;
  IoThreads* io = nullptr;
  LeaseTable* leases = nullptr;
  LiveBoard* board = nullptr;
  WatchHub* hub = nullptr;
  LogFollowers* followers = nullptr;
  ArtifactTrash* trash = nullptr;
  Dispatcher* dispatcher = nullptr;
  Duration lease_ttl{};
};

// Asks the store on an I/O thread and answers from there.
template <typename T>
void ReadStore(const CoordinatorParts& parts, std::function<Result<T>(const StoreReader&)> question, Done<T> done) {
  parts.io->Post([store = parts.store, question = std::move(question), done = std::move(done)] {
    Result<T> answer = Err(Internal("the store answered nothing"));
    const Status status = store->Read([&](const StoreReader& reader) {
      answer = question(reader);
      return StatusOf(answer);
    });
    if (!status.ok()) return done(Err(status));
    done(std::move(answer));
  });
}

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_COORDINATOR_PARTS_H_
