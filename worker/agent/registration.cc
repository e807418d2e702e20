#include "worker/agent/registration.h"

#include <algorithm>

#include "base/id.h"
#include "client/lib/backoff.h"
#include "client/lib/worker_client.h"
#include "worker/agent/call_limit.h"

namespace winnow::worker {
namespace {

constexpr Duration kLeastTtl = std::chrono::milliseconds(100);

}  // namespace

Status Registration::First(Duration patience, const std::function<void(const std::string&)>& say) {
  Clock* const clock = connection_->clock();
  const SteadyTime end = clock->Now() + patience;
  client::Backoff backoff;
  bool said = false;
  while (true) {
    const Duration left = std::max<Duration>(end - clock->Now(), kLeastTtl);
    Status status = StatusOf(connection_->Handshake(std::min(left, kRegisterLimit), cancellation_));
    if (status.ok()) status = Register(Duration::zero());
    if (status.ok() || status.code() == StatusCode::kCancelled) return status;
    // Restarted after a crash, it has to wait until its predecessor counts as gone.
    const bool taken = status.reason() == client::kNameTaken;
    if (status.code() != StatusCode::kUnavailable && !taken) return status;
    const Duration pause = backoff.Next();
    if (clock->Now() + pause >= end) {
      return taken ? Unavailable(status.message() + "; give this one another name with --name") : status;
    }
    if (!said) say(status.message() + "; waiting");
    said = true;
    cancellation_->PauseFor(pause);
  }
}

Status Registration::Register(Duration patience) {
  v1::RegisterWorkerRequest request;
  request.set_request_id(NewUuid());
  *request.mutable_worker() = worker_;
  client::WorkerClient workers(connection_, {kRegisterLimit, patience, cancellation_});
  WINNOW_ASSIGN_OR_RETURN_STATUS(const v1::RegisterWorkerResponse response, workers.Register(request));
  std::lock_guard lock(mutex_);
  lease_ttl_ = std::chrono::duration_cast<Duration>(std::chrono::seconds(response.lease_ttl().seconds()) +
                                                    std::chrono::nanoseconds(response.lease_ttl().nanos()));
  lease_ttl_ = std::max(lease_ttl_, kLeastTtl);
  ++generation_;
  return OkStatus();
}

Status Registration::Again(uint64_t seen) {
  std::lock_guard one_at_a_time(registering_);
  if (generation() != seen) return OkStatus();
  return Register(Duration::max());
}

uint64_t Registration::generation() const {
  std::lock_guard lock(mutex_);
  return generation_;
}

Duration Registration::lease_ttl() const {
  std::lock_guard lock(mutex_);
  return lease_ttl_;
}

}  // namespace winnow::worker
