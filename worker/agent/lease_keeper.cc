#include "worker/agent/lease_keeper.h"

#include <algorithm>
#include <utility>

#include "base/failpoint.h"
#include "base/logging.h"
#include "client/lib/worker_client.h"

namespace winnow::worker {
namespace {

constexpr Duration kMostCallLimit = std::chrono::seconds(10);
constexpr Duration kLeastCallLimit = std::chrono::milliseconds(500);
constexpr Duration kAfterRegistering = std::chrono::milliseconds(10);
constexpr Duration kNoLease = std::chrono::hours(1);

}  // namespace

LeaseKeeper::LeaseKeeper(client::Connection* connection, Registration* registration,
                         std::function<void(Status)> name_taken)
    : connection_(connection),
      registration_(registration),
      name_taken_(std::move(name_taken)),
      clock_(connection->clock()),
      cancellation_(clock_),
      renewal_pause_(clock_),
      expiry_pause_(clock_) {}

LeaseKeeper::~LeaseKeeper() { Shut(); }

void LeaseKeeper::Start() {
  renewal_ = std::thread([this] { RenewLoop(); });
  expiry_ = std::thread([this] { ExpiryLoop(); });
}

void LeaseKeeper::Shut() {
  renewal_pause_.Stop();
  expiry_pause_.Stop();
  cancellation_.Cancel();
  if (renewal_.joinable()) renewal_.join();
  if (expiry_.joinable()) expiry_.join();
}

void LeaseKeeper::Add(const std::string& token, Stop stop) {
  {
    std::lock_guard lock(mutex_);
    held_[token] = {std::move(stop), clock_->Now() + registration_->lease_ttl(), true};
  }
  expiry_pause_.Wake();
  renewal_pause_.Wake();
}

void LeaseKeeper::TrustCoordinator(const std::string& token) {
  std::lock_guard lock(mutex_);
  if (const auto it = held_.find(token); it != held_.end()) it->second.expires = false;
}

void LeaseKeeper::Remove(const std::string& token) {
  std::lock_guard lock(mutex_);
  held_.erase(token);
}

void LeaseKeeper::Cancel(const std::string& token) { CallStop(token, StopCause::kCancelled); }

void LeaseKeeper::CallStop(const std::string& token, StopCause cause) {
  Stop stop;
  {
    std::lock_guard lock(mutex_);
    const auto it = held_.find(token);
    if (it == held_.end()) return;
    stop = it->second.stop;
    if (cause == StopCause::kLeaseLost) held_.erase(it);
  }
  stop(cause);
}

void LeaseKeeper::ExpiryLoop() {
  while (!expiry_pause_.stopped()) expiry_pause_.Until(DropExpired());
}

SteadyTime LeaseKeeper::DropExpired() {
  std::vector<std::pair<std::string, Stop>> expired;
  const SteadyTime now = clock_->Now();
  SteadyTime next = now + kNoLease;
  {
    std::lock_guard lock(mutex_);
    for (auto it = held_.begin(); it != held_.end();) {
      if (it->second.expires && it->second.expiry <= now) {
        expired.emplace_back(it->first, it->second.stop);
        it = held_.erase(it);
        continue;
      }
      if (it->second.expires) next = std::min(next, it->second.expiry);
      ++it;
    }
  }
  for (const auto& [token, stop] : expired) {
    spdlog::warn("a lease has run out without renewal; its stage is stopped");
    stop(StopCause::kLeaseLost);
  }
  return next;
}

void LeaseKeeper::RenewLoop() {
  SteadyTime next = clock_->Now() + registration_->lease_ttl() / 3;
  while (!renewal_pause_.stopped()) {
    renewal_pause_.Until(next);
    if (renewal_pause_.stopped()) return;
    next = clock_->Now() + Renew();
  }
}

Duration LeaseKeeper::Renew() {
  const Duration ttl = registration_->lease_ttl();
  const uint64_t generation = registration_->generation();
  v1::RenewLeasesRequest request;
  request.set_worker(registration_->name());
  request.set_instance(registration_->instance());
  {
    std::lock_guard lock(mutex_);
    for (const auto& [token, held] : held_) request.add_tokens(token);
  }
  const SteadyTime sent = clock_->Now();
  client::WorkerClient workers(
      connection_, {std::clamp(ttl / 3, kLeastCallLimit, kMostCallLimit), Duration::zero(), &cancellation_});
  WINNOW_FAILPOINT("worker.before_heartbeat");
  const Result<v1::RenewLeasesResponse> response = workers.Renew(request);
  WINNOW_FAILPOINT("worker.after_heartbeat");
  if (!response) {
    if (response.error().code() == StatusCode::kNotFound) {
      if (const Status status = registration_->Again(generation); !status.ok() && !renewal_pause_.stopped()) {
        name_taken_(status);
      }
      return kAfterRegistering;
    }
    return std::min<Duration>(ttl / 10, std::chrono::seconds(1));
  }
  for (const std::string& token : response->lost_tokens()) CallStop(token, StopCause::kLeaseLost);
  for (const std::string& token : response->cancelled_tokens()) CallStop(token, StopCause::kCancelled);
  std::lock_guard lock(mutex_);
  for (const std::string& token : request.tokens()) {
    if (const auto it = held_.find(token); it != held_.end()) it->second.expiry = sent + ttl;
  }
  return ttl / 3;
}

}  // namespace winnow::worker
