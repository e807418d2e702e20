// A coordinator whose answers stand in a script, for tests of commands.
#ifndef TESTS_UNIT_CLIENT_CLI_SCRIPTED_COORDINATOR_H_
#define TESTS_UNIT_CLIENT_CLI_SCRIPTED_COORDINATOR_H_

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/json.h"
#include "client/cli/connection.h"

namespace winnow::testing {

namespace v1 = ::winnow::v1;

// What there is at the coordinator. Outlives the connections to it, like the real one's store.
struct CoordinatorScript {
  v1::Server server;
  std::vector<v1::Sweep> sweeps;                         // newest first
  std::map<std::string, std::vector<v1::Stage>> stages;  // by sweep
  std::map<std::string, client::SweepResults> results;   // by sweep
  // Where set, instead: the results of a sweep of that spec.
  std::function<client::SweepResults(const Json& spec)> results_of;
  std::map<std::string, std::vector<v1::WatchSweepResponse>> watches;  // by sweep
  std::vector<v1::Trial> trials;
  std::vector<v1::Worker> workers;
  std::map<std::string, std::string> logs;       // by stage
  std::map<std::string, std::string> artifacts;  // bytes by name
  // A watch whose messages are used up waits for Interrupt() instead of ending.
  bool watches_hang = false;
  // Not OK: connecting fails with it.
  Status connect;
  // What was asked for, in order: "CancelSweep sweeps/a".
  std::vector<std::string> calls;

  // From JSON with members of these names, messages as protobuf's JSON has them. kInvalidArgument names the member.
  static Result<std::unique_ptr<CoordinatorScript>> Parse(const std::string& json);
};

// Threads    as Coordinator.
// Ownership  borrows the script.
class ScriptedCoordinator final : public cli::Coordinator {
 public:
  explicit ScriptedCoordinator(CoordinatorScript* script) : script_(script) {}

  Result<v1::Server> GetServer() override { return script_->server; }
  // The new sweep has the spec's name and one trial; it is the first of the list.
  Result<v1::CreateSweepResponse> CreateSweep(const std::string& spec_json, const std::string& user,
                                              bool validate_only) override;
  Result<v1::Sweep> GetSweep(const std::string& name) override;
  Result<std::vector<v1::Sweep>> ListSweeps(size_t most) override;
  Result<v1::Sweep> CancelSweep(const std::string& name) override;
  Result<v1::Sweep> PauseSweep(const std::string& name) override;
  Result<v1::Sweep> ResumeSweep(const std::string& name) override;
  Result<v1::Sweep> StopSweep(const std::string& name) override;
  Result<v1::RetrySweepResponse> RetrySweep(const std::string& name, v1::RetryScope scope) override;
  Result<v1::Worker> DrainWorker(const std::string& name, bool drain) override;
  Status WatchSweep(const std::string& name, const Taker<v1::WatchSweepResponse>& take) override;
  Result<v1::Stage> GetStage(const std::string& name) override;
  Result<std::vector<v1::Stage>> ListStages(const std::string& sweep) override;
  Status ReadStageLog(const std::string& stage, int attempt, int64_t offset, bool follow,
                      const Taker<v1::ReadStageLogResponse>& take) override;
  Result<v1::Trial> GetTrial(const std::string& name) override;
  Result<client::SweepResults> ListResults(const std::string& sweep) override;
  Result<v1::Artifact> GetArtifact(const std::string& name) override;
  Status DownloadArtifact(const std::string& name, const std::filesystem::path& path) override;
  Result<v1::Artifact> UploadArtifact(const std::filesystem::path& path) override;
  Result<std::vector<v1::Worker>> ListWorkers() override { return script_->workers; }
  void Interrupt() override;

 private:
  CoordinatorScript* const script_;
  std::mutex mutex_;
  std::condition_variable interrupted_changed_;
  bool interrupted_ = false;
};

// Connects to the script, whatever the address.
cli::Connect ConnectTo(CoordinatorScript* script);

}  // namespace winnow::testing

#endif  // TESTS_UNIT_CLIENT_CLI_SCRIPTED_COORDINATOR_H_
