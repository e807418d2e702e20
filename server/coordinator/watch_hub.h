// Streams of what changes in a sweep.
//
// A watcher is sent everything after the revision it has seen, then whatever changes. What changes while it is being
// sent something, or sooner than its interval, is merged into one update: a slow client costs a flag, not a queue.
//
// Threads    safe for concurrent use; updates are read and emitted on the I/O threads, one at a time a watcher.
// Time       intervals are on the clock's steady time.
// Ownership  borrows everything given. Before it goes: Close(), then the end of the I/O threads.
#ifndef SERVER_COORDINATOR_WATCH_HUB_H_
#define SERVER_COORDINATOR_WATCH_HUB_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "server/coordinator/io_threads.h"
#include "server/coordinator/live_board.h"
#include "server/store/store.h"

namespace winnow::server {

struct SweepUpdate {
  int64_t revision = 0;  // of the store when it was read
  Sweep sweep;
  std::vector<StageView> stages;  // that changed, in the graph's order
  bool is_last = false;           // the sweep has ended
};

class WatchHub {
 public:
  using WatcherId = uint64_t;
  // An update, or the error that ends the stream (kNotFound: no such sweep). After an update that is not the last one,
  // nothing comes before Taken().
  using Emit = std::function<void(Result<SweepUpdate>)>;

  WatchHub(Store* store, Clock* clock, IoThreads* io, const LiveBoard* board)
      : store_(store), clock_(clock), io_(io), board_(board) {}
  ~WatchHub() { Close(); }
  WatchHub(const WatchHub&) = delete;
  WatchHub& operator=(const WatchHub&) = delete;

  // A name for a watcher to be, so that it is known before the first update comes.
  WatcherId NewId();
  void Watch(WatcherId id, std::string sweep, int64_t after_revision, Duration min_interval, Emit emit);
  // The client has taken the last update.
  void Taken(WatcherId id);
  // The client has gone: nothing is emitted once this has returned, unless an emit is under way on another thread.
  void Stop(WatcherId id);

  // These sweeps, their trials or their stages have changed in the store.
  void SweepsChanged(const std::set<std::string>& sweeps);
  // What the board says of a stage of these sweeps has changed.
  void StageChanged(const std::string& key, const std::set<std::string>& sweeps);

  // Ends every stream with kUnavailable; later ones likewise.
  void Close();

  size_t size() const;

 private:
  struct Watcher {
    std::string sweep;
    int64_t after = 0;
    Duration min_interval{};
    Emit emit;
    bool changed = true;             // there may be something to send
    bool is_busy = false;            // an update is being read or sent
    SteadyTime next{};               // not before
    Clock::TimerId timer = 0;        // that looks again then, or has done so
    bool is_timed = false;           // it is still to come
    std::set<std::string> on_board;  // stages whose view changed without a commit
  };
  using WatcherPtr = std::shared_ptr<Watcher>;

  // Starts what a watcher is due, with the mutex held.
  void Advance(WatcherId id, Watcher& watcher);
  void SendUpdate(WatcherId id);
  Result<SweepUpdate> ReadUpdate(const std::string& sweep, int64_t after, std::set<std::string> on_board) const;

  Store* const store_;
  Clock* const clock_;
  IoThreads* const io_;
  const LiveBoard* const board_;

  mutable std::mutex mutex_;
  std::map<WatcherId, WatcherPtr> watchers_;
  WatcherId last_id_ = 0;
  bool closed_ = false;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_WATCH_HUB_H_
