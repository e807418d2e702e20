// The threads of a WorkerAgent.
#include <iterator>
#include <memory>
#include <utility>

#include "base/id.h"
#include "base/logging.h"
#include "client/lib/backoff.h"
#include "client/lib/worker_client.h"
#include "worker/agent/call_limit.h"
#include "worker/agent/worker_agent.h"

namespace winnow::worker {
namespace {

constexpr std::chrono::seconds kWait{20};
Resources UsedBy(const v1::Lease& lease) { return {lease.threads(), lease.memory_bytes()}; }

}  // namespace

Result<v1::AcquireLeaseResponse> WorkerAgent::Ask(const std::string& request_id, const Resources& offered) {
  v1::AcquireLeaseRequest request;
  request.set_request_id(request_id);
  request.set_worker(registration_.name());
  request.set_instance(registration_.instance());
  request.set_free_threads(offered.threads);
  request.set_free_memory_bytes(offered.memory_bytes);
  request.mutable_wait()->set_seconds(kWait.count());
  client::WorkerClient workers(connection_.get(), {kCallLimit, Duration::zero(), &acquire_calls_});
  return workers.Acquire(request);
}

void WorkerAgent::AcquireLoop() {
  client::Backoff backoff;
  std::string request_id = NewUuid();
  while (true) {
    Resources taken;
    {
      std::unique_lock lock(mutex_);
      room_.wait(lock, [this] { return stopping_ || pool_.free().threads > 0; });
      if (stopping_) return;
      taken = pool_.TakeAll();
      asking_ = true;
    }
    const uint64_t generation = registration_.generation();
    Result<v1::AcquireLeaseResponse> response = Ask(request_id, taken);
    {
      std::lock_guard lock(mutex_);
      asking_ = false;
      const bool granted = response && response->has_lease();
      if (granted) {
        const Resources held = pool_.Settle(taken, UsedBy(response->lease()));
        StartStage(std::move(*response->mutable_lease()), held);
      } else {
        pool_.Release(taken);
      }
    }
    if (response) {
      backoff.Reset();
      request_id = NewUuid();
      continue;
    }
    // Without an answer a lease may have been granted all the same: the same request again finds it.
    const Status& status = response.error();
    if (status.code() == StatusCode::kCancelled) continue;  // there is more to offer, or it is time to stop
    if (status.code() == StatusCode::kNotFound) {
      if (const Status status_again = registration_.Again(generation); !status_again.ok()) Fail(status_again);
      continue;
    }
    if (status.code() != StatusCode::kUnavailable) {
      spdlog::warn("cannot ask for a lease: {}", status.ToString());
      request_id = NewUuid();
    }
    acquire_calls_.PauseFor(backoff.Next());
  }
}

void WorkerAgent::CancellationLoop() {
  client::Backoff backoff;
  v1::AwaitCancellationsRequest request;
  request.set_worker(registration_.name());
  request.set_instance(registration_.instance());
  request.mutable_wait()->set_seconds(kWait.count());
  client::WorkerClient workers(connection_.get(), {kCallLimit, Duration::zero(), &await_calls_});
  while (!await_calls_.cancelled()) {
    const Result<v1::AwaitCancellationsResponse> response = workers.AwaitCancellations(request);
    if (response) {
      for (const std::string& token : response->cancelled_tokens()) keeper_.Cancel(token);
      // A token that comes again at once is of a stage that is being killed.
      if (response->cancelled_tokens().empty()) backoff.Reset();
      if (!response->cancelled_tokens().empty()) await_calls_.PauseFor(client::Backoff::kFirst);
      continue;
    }
    // The renewals register again where that is what is wrong.
    await_calls_.PauseFor(backoff.Next());
  }
}

void WorkerAgent::StartStage(v1::Lease lease, Resources held) {
  for (auto it = stage_threads_.begin(); it != stage_threads_.end();) {
    if (it->ended) it->thread.join();  // it has let go of the lock, so there is nothing to wait for
    it = it->ended ? stage_threads_.erase(it) : std::next(it);
  }
  StageThread* const self = &stage_threads_.emplace_back();
  self->thread =
      std::thread([this, lease = std::move(lease), held, self]() mutable { StageLoop(std::move(lease), held, self); });
}

std::optional<v1::Lease> WorkerAgent::RunAttempt(const v1::Lease& lease, const Attempt::NextOffer& offer) {
  const auto attempt = std::make_shared<Attempt>(surroundings_, lease);
  std::list<Attempt*>::iterator place;
  {
    std::lock_guard lock(mutex_);
    place = attempts_.insert(attempts_.end(), attempt.get());
    if (stopping_) attempt->Stop(StopCause::kShutdown);
  }
  // The keeper may be about to stop it when it has ended: it shares it.
  keeper_.Add(lease.token(), [attempt](StopCause cause) { attempt->Stop(cause); });
  std::optional<v1::Lease> next = attempt->Run(offer);
  std::lock_guard lock(mutex_);
  attempts_.erase(place);
  shutdown_pause_.Wake();
  return next;
}

void WorkerAgent::StageLoop(v1::Lease lease, Resources held, StageThread* self) {
  while (true) {
    const Resources own = held;
    std::optional<v1::Lease> next = RunAttempt(lease, [this, &held, own]() -> std::optional<Resources> {
      std::lock_guard lock(mutex_);
      if (stopping_) return std::nullopt;
      held = own + pool_.TakeAll();  // nothing, while AcquireLoop offers it
      return held;
    });
    if (!next) break;
    {
      std::lock_guard lock(mutex_);
      held = pool_.Settle(held, UsedBy(*next));
    }
    Release({});  // tells of what the new stage does not use
    lease = std::move(*next);
  }
  Release(held);
  std::lock_guard lock(mutex_);
  self->ended = true;
}

void WorkerAgent::Release(const Resources& resources) {
  bool ask_again;
  {
    std::lock_guard lock(mutex_);
    pool_.Release(resources);
    ask_again = asking_;
    room_.notify_all();
  }
  // The open request offers less than there is now.
  if (ask_again) acquire_calls_.CancelRunning();
}

}  // namespace winnow::worker
