// A coordinator for tests of clients and agents: the worker, artifact and server services over a real socket, with an
// in-memory model that the test reads and steers.
#ifndef TESTS_SUPPORT_FAKE_COORDINATOR_H_
#define TESTS_SUPPORT_FAKE_COORDINATOR_H_

#include <grpcpp/server.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "winnow/v1/artifact.grpc.pb.h"
#include "winnow/v1/server.grpc.pb.h"
#include "winnow/v1/worker.grpc.pb.h"

namespace winnow::testing {

namespace v1 = ::winnow::v1;

// What the coordinator knows. Outlives the servers in front of it, as a store does.
// Threads    its mutex guards everything; services lock it, tests do through With().
struct CoordinatorModel {
  struct Completion {
    v1::CompleteStageRequest request;
    std::string worker;
  };

  std::mutex mutex;
  std::condition_variable changed;

  Duration lease_ttl = std::chrono::seconds(5);
  int api_version = 1;
  bool knows_workers = true;      // false: registration succeeds, and every other call of a worker is NOT_FOUND
  bool name_taken = false;        // registrations are refused
  int failing_completions = 0;    // so many CompleteStage calls do their work and answer UNAVAILABLE
  int failing_calls = 0;          // so many worker calls of any kind are UNAVAILABLE and do nothing
  std::string refuse_completion;  // not empty: CompleteStage with success is INVALID_ARGUMENT with this message

  std::deque<v1::Lease> queue;               // not yet leased, in order; the token is filled in when leased
  std::map<std::string, v1::Lease> running;  // by token
  std::set<std::string> to_cancel;           // tokens
  std::vector<Completion> completions;
  std::map<std::string, v1::CompleteStageResponse> answers;  // by request_id
  std::map<std::string, v1::Lease> granted;                  // by request_id of AcquireLease
  std::map<std::string, std::string> logs;                   // by token
  std::vector<v1::ReportProgressRequest> reports;
  std::map<std::string, std::string> artifacts;  // content by digest
  std::vector<v1::RegisterWorkerRequest> registrations;
  std::vector<v1::AcquireLeaseRequest> acquires;
  std::vector<std::vector<std::string>> renewals;  // tokens of each
  std::vector<std::string> unregistered;           // instances
  std::vector<std::string> api_metadata;           // "winnow-api" of each worker call
  int downloads = 0;
  int uploads = 0;
  int tokens = 0;

  template <typename F>
  auto With(F f) {
    std::lock_guard lock(mutex);
    return f(*this);
  }
  void Queue(v1::Lease lease) {
    std::lock_guard lock(mutex);
    queue.push_back(std::move(lease));
    changed.notify_all();
  }
  void Cancel(const std::string& token) {
    std::lock_guard lock(mutex);
    to_cancel.insert(token);
    changed.notify_all();
  }
  // The lease counts as lost from now on.
  void Lose(const std::string& token) {
    std::lock_guard lock(mutex);
    running.erase(token);
  }
};

// Serves the model on a socket until it is destroyed. Waiting calls then end with UNAVAILABLE, as those of a
// coordinator that is killed do.
class FakeCoordinator {
 public:
  FakeCoordinator(CoordinatorModel* model, const std::filesystem::path& socket);
  ~FakeCoordinator();

 private:
  struct Services;
  std::unique_ptr<Services> services_;
  std::unique_ptr<grpc::Server> server_;
};

// A lease of a stage of that kind with one thread and 64 MiB.
v1::Lease MakeLease(v1::StageKind kind, const std::string& key_digit);

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_FAKE_COORDINATOR_H_
