// A coordinator and workers as processes of their own, in one folder, whose every call is recorded.
//
// The workers are winnow-worker with a scripted executor (tests/support/scripted_executor.cc) that takes a few
// milliseconds a stage, writes a resume point, a measurement and a checkpoint, and puts a number into its result that
// no other attempt has.
#ifndef TESTS_CHAOS_CLUSTER_H_
#define TESTS_CHAOS_CLUSTER_H_

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/subprocess.h"
#include "client/lib/client.h"
#include "tests/chaos/call_reader.h"

namespace winnow::chaos {

struct ClusterOptions {
  std::filesystem::path bin;     // with winnowd, winnow-worker and winnow_scripted_executor
  std::filesystem::path folder;  // empty and its own
  Duration lease_ttl = std::chrono::seconds(1);
  int threads = 8;    // of a worker: stages at once
  int pause_ms = 20;  // a stage's length at most
};

// Leases that somebody holds, as far as replies have told.
struct LiveLease {
  int process = 0;
  std::string stage;
  int attempt = 0;
};

// Ownership  kills every process in the destructor.
// Threads    one at a time, except client().
class Cluster {
 public:
  using Environment = std::map<std::string, std::string>;

  static Result<std::unique_ptr<Cluster>> Make(ClusterOptions options);
  ~Cluster();

  // `environment` besides the one for records: failpoints.
  Status StartCoordinator(const Environment& environment = {});
  // A new one under a name that was not used before. Returns its process.
  Result<int> StartWorker(const Environment& environment = {});

  // kill -9, and reaps it. What it said until then is in the history.
  void KillCoordinator();
  void KillWorker(int process);
  void SignalWorker(int process, int signal);
  // Whether the process has ended by itself; reaps it then, as Kill does.
  bool CoordinatorHasEnded();
  bool WorkerHasEnded(int process);

  // Reads on in all records.
  void Poll();
  int64_t acknowledged_completions() const { return acknowledged_completions_; }
  const std::map<std::string, LiveLease>& live_leases() const { return live_leases_; }
  // The last lease of a stage that anybody was told of, ended or not; none where there was none.
  std::optional<LiveLease> LastLeaseOf(const std::string& stage) const;
  std::vector<int> workers() const;

  // Blocks until the coordinator answers; false after `limit`.
  bool AwaitCoordinator(Duration limit);

  // Waits out a coordinator that is not there. Its calls are recorded too.
  client::Client& client() { return *client_; }
  client::Connection& connection() { return *connection_; }
  const std::string& data_digest() const { return data_digest_; }
  const std::filesystem::path& folder() const { return options_.folder; }
  // How often each failpoint has fired.
  std::map<std::string, int64_t> FiredFailpoints() const;

  // All operations until now; the workers and the coordinator have been killed.
  History TakeHistory();

 private:
  struct Worker {
    Subprocess process;
    CallReader reader;
  };

  explicit Cluster(ClusterOptions options) : options_(std::move(options)) {}
  Status Prepare();
  Result<Subprocess> Start(std::vector<std::string> command, const std::string& log, Environment environment);
  void Note(const Operation& op);
  void Forget(int process);

  const ClusterOptions options_;
  std::string data_digest_;
  std::unique_ptr<client::Connection> connection_;
  std::unique_ptr<client::Client> client_;
  std::unique_ptr<CallReader> own_reader_;
  std::unique_ptr<Subprocess> coordinator_;
  std::map<int, Worker> workers_;
  int last_worker_ = 0;
  History history_;
  int64_t acknowledged_completions_ = 0;
  std::map<std::string, LiveLease> live_leases_;  // by token
  std::map<std::string, LiveLease> last_leases_;  // by stage
};

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_CLUSTER_H_
