#include "server/coordinator/coordinator.h"

#include <algorithm>
#include <utility>

#include "base/id.h"
#include "base/logging.h"
#include "server/coordinator/graph_walk.h"

namespace winnow::server {
namespace {

Duration TickInterval(Duration lease_ttl) {
  return std::clamp<Duration>(lease_ttl / 10, std::chrono::milliseconds(20), std::chrono::milliseconds(250));
}

}  // namespace

Coordinator::Coordinator(Store* store, ArtifactStore* artifacts, AttemptLogs* logs, Clock* clock,
                         CoordinatorOptions options)
    : options_(std::move(options)),
      instance_(NewUuid()),
      start_time_(clock->WallNow()),
      io_(options_.io_threads),
      hub_(store, clock, &io_, &board_),
      leases_(store, clock,
              {.ttl = options_.lease_ttl,
               .follow_up = [this](StoreWriter& writer, const Stage& stage) { return FollowLease(writer, stage); }}),
      dispatcher_(clock, &leases_, &board_, &hub_, options_.lease_ttl, options_.rules),
      trash_(store, artifacts, clock, &io_),
      parts_{.store = store,
             .artifacts = artifacts,
             .logs = logs,
             .clock = clock,
             .io = &io_,
             .leases = &leases_,
             .board = &board_,
             .hub = &hub_,
             .followers = &followers_,
             .trash = &trash_,
             .dispatcher = &dispatcher_,
             .lease_ttl = options_.lease_ttl},
      sweeps_(parts_),
      workers_(parts_),
      artifacts_(parts_) {}

Coordinator::~Coordinator() {
  Stop();
  Drain();
}

Status Coordinator::Start() {
  WINNOW_RETURN_IF_ERROR(leases_.Restore());
  WINNOW_RETURN_IF_ERROR(dispatcher_.Recover(*parts_.store));
  trash_.CollectAll();
  ScheduleTick();
  return OkStatus();
}

void Coordinator::Stop() {
  Clock::TimerId tick = 0;
  {
    std::lock_guard lock(tick_mutex_);
    if (stopped_.exchange(true)) return;
    tick = tick_;
  }
  parts_.clock->Cancel(tick);  // unlocked: one that runs needs the mutex
  dispatcher_.Stop();
  hub_.Close();
  followers_.PokeAll();
}

// What a grant or an end of a lease means for other stages, trials and sweeps, in the same transaction.
Result<std::function<void()>> Coordinator::FollowLease(StoreWriter& writer, const Stage& stage) {
  Effects effects;
  GraphWalk walk(&writer, parts_.clock->WallNow(), &effects);
  WINNOW_RETURN_ERR_IF_ERROR(walk.Follow(stage));
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  return [this, effects = std::move(effects)] { dispatcher_.Apply(effects); };
}

void Coordinator::Tick() {
  workers_.ExpireLeases(dispatcher_.Tick());
  trash_.Tick();
  ScheduleTick();
}

void Coordinator::ScheduleTick() {
  std::lock_guard lock(tick_mutex_);
  if (!stopped_) tick_ = parts_.clock->After(TickInterval(options_.lease_ttl), [this] { Tick(); });
}

Coordinator::Figures Coordinator::figures() const {
  return {
      .load = dispatcher_.load(), .store = parts_.store->counters(), .leases = leases_.size(), .watchers = hub_.size()};
}

}  // namespace winnow::server
