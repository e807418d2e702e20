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

// What an attempt's end says of its worker, and how long its stage is to wait for the next.
Status NoteHowItEnded(const StoreReader& reader, const Stage& stage, const Lease& lease, Effects& effects) {
  if (stage.state == StageState::kSucceeded) {
    effects.worker_sign = Effects::WorkerSign::kWorks;
    return OkStatus();
  }
  if (stage.failed_attempts == 0) return OkStatus();
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Attempt> attempt, reader.FindAttempt(stage.key, lease.attempt));
  if (!attempt || (attempt->state != AttemptState::kFailed && attempt->state != AttemptState::kLost)) return OkStatus();
  // That a worker was not heard of any more says nothing of it when it comes back, and little of the stage.
  const bool is_lost = attempt->state == AttemptState::kLost;
  const int counted = stage.failed_attempts - (is_lost ? 1 : 0);
  if (stage.state == StageState::kQueued && counted > 0) effects.failed_attempts[stage.key] = counted;
  // A failure that ends the stage before its attempts are used up is a fault of the stage's own.
  const bool is_own = stage.state == StageState::kFailed && stage.failed_attempts < stage.max_attempts;
  if (!is_lost && !is_own) effects.worker_sign = Effects::WorkerSign::kFault;
  return OkStatus();
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
               .follow_up = [this](StoreWriter& writer, const Stage& stage,
                                   const Lease& lease) { return FollowLease(writer, stage, lease); }}),
      dispatcher_(store, clock, &leases_, &board_, &hub_, options_.lease_ttl, options_.rules),
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
  WINNOW_RETURN_IF_ERROR(dispatcher_.Recover());
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
Result<FollowUp> Coordinator::FollowLease(StoreWriter& writer, const Stage& stage, const Lease& lease) {
  Effects effects;
  if (stage.token != lease.token) {
    effects.ended_lease = lease;
    WINNOW_RETURN_ERR_IF_ERROR(NoteHowItEnded(writer, stage, lease, effects));
  }
  GraphWalk walk(&writer, parts_.clock->WallNow(), &effects);
  WINNOW_RETURN_ERR_IF_ERROR(walk.Follow(stage));
  WINNOW_RETURN_ERR_IF_ERROR(walk.Settle());
  dispatcher_.Follow(effects);
  return FollowUp{.committed = [this, effects = std::move(effects)] { dispatcher_.Announce(effects); },
                  .failed = [this] { dispatcher_.Distrust(); }};
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
