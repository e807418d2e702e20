// A worker without executors: registers, leases stages, and ends each after a given time, all over the real API on a
// connection of its own, without a thread of its own.
#ifndef TESTS_LOAD_SYNTHETIC_WORKER_H_
#define TESTS_LOAD_SYNTHETIC_WORKER_H_

#include <grpcpp/channel.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "winnow/v1/worker.grpc.pb.h"

namespace winnow::load {

namespace v1 = ::winnow::v1;

// What all workers of a run share.
//
// Threads    safe for concurrent use.
class Fleet {
 public:
  struct Options {
    std::string data_digest;   // of fashion-mnist; "": it has none and can run nothing
    std::string checkpoint;    // "artifacts/sha256-...": what each stage that makes a net links
    int measurements = 10;     // reported with each stage
    Duration length{};         // of a stage
    bool keeps_alive = false;  // renews and waits for cancellations, as an agent does
  };

  explicit Fleet(Options options) : options_(std::move(options)) {}

  const Options& options() const { return options_; }
  void Stop() { stopping_ = true; }
  bool stopping() const { return stopping_; }

  void CountCompletion() { ++completions_; }
  void CountMeasurements(int64_t count) { measurements_ += count; }
  void CountLostLease() {
    if (!stopping_) ++lost_leases_;
  }
  void CountLostRenewal() { ++lost_renewals_; }
  void NoteError(const std::string& text);
  // From a request for a lease, while there were stages to be had, to its arrival.
  void NoteLease(SteadyTime asked, SteadyTime came);

  int64_t completions() const { return completions_; }
  int64_t measurements() const { return measurements_; }
  int64_t lost_leases() const { return lost_leases_; }
  int64_t lost_renewals() const { return lost_renewals_; }
  int64_t errors() const { return errors_; }
  std::string first_error() const;
  std::vector<double> TakeLeaseMs();
  std::vector<SteadyTime> TakeLeaseTimes();

  // Calls under way: a worker may go only when there are none.
  void Begin() { ++open_calls_; }
  void End();
  void AwaitNoCalls();

 private:
  const Options options_;
  std::atomic<bool> stopping_{false};
  std::atomic<int64_t> completions_{0};
  std::atomic<int64_t> measurements_{0};
  std::atomic<int64_t> lost_leases_{0};
  std::atomic<int64_t> lost_renewals_{0};
  std::atomic<int64_t> errors_{0};
  std::atomic<int64_t> open_calls_{0};
  mutable std::mutex mutex_;
  std::condition_variable no_calls_;
  std::string first_error_;
  std::vector<double> lease_ms_;
  std::vector<SteadyTime> lease_times_;
};

// Ownership  borrows the fleet and the clock. Goes after Fleet::Stop and AwaitNoCalls.
class SyntheticWorker {
 public:
  SyntheticWorker(Fleet* fleet, Clock* clock, const std::string& address, const std::string& name, bool can_run = true);

  // Registers, then goes on by itself. `registered` is called once.
  void Start(std::function<void()> registered);
  void Cancel();

 private:
  template <typename Request, typename Response>
  struct Call;
  template <typename Request, typename Response, typename Method, typename Done>
  void Send(Method method, Request request, Duration limit, Done done);

  void Acquire();
  void Run(const v1::Lease& lease, SteadyTime asked);
  void Complete(std::string token, bool makes_net);
  void Renew();
  void Await();

  Fleet* const fleet_;
  Clock* const clock_;
  const std::string name_;
  const bool can_run_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::WorkerService::Stub> stub_;
  std::mutex mutex_;
  std::vector<grpc::ClientContext*> waiting_;  // calls that Cancel ends
  std::string token_;                          // of the running stage
  Duration ttl_{};
};

}  // namespace winnow::load

#endif  // TESTS_LOAD_SYNTHETIC_WORKER_H_
