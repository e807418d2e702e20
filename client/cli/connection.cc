#include "client/cli/connection.h"

#include <utility>

#include "base/clock.h"
#include "client/lib/artifact_client.h"
#include "client/lib/client.h"

namespace winnow::cli {
namespace {

constexpr std::chrono::milliseconds kWatchInterval{100};  // of redraws, see progress_display.h

// Coordinator over client/lib, call by call.
class ClientCoordinator final : public Coordinator {
 public:
  ClientCoordinator(std::unique_ptr<client::Connection> connection, v1::Server server)
      : connection_(std::move(connection)),
        server_(std::move(server)),
        client_(connection_.get()),
        artifacts_(connection_.get()),
        waiting_(SystemClock()) {}

  Result<v1::Server> GetServer() override { return server_; }

  Result<v1::CreateSweepResponse> CreateSweep(const std::string& spec_json, const std::string& user,
                                              bool validate_only) override {
    return client_.SubmitSweep(spec_json, user, validate_only);
  }
  Result<v1::Sweep> GetSweep(const std::string& name) override { return client_.GetSweep(name); }
  Result<std::vector<v1::Sweep>> ListSweeps(size_t most) override { return client_.ListSweeps(most); }
  Result<v1::Sweep> CancelSweep(const std::string& name) override { return client_.CancelSweep(name); }
  Result<v1::Sweep> PauseSweep(const std::string& name) override { return client_.PauseSweep(name); }
  Result<v1::Sweep> ResumeSweep(const std::string& name) override { return client_.ResumeSweep(name); }
  Result<v1::Sweep> StopSweep(const std::string& name) override { return client_.StopSweep(name); }
  Result<v1::RetrySweepResponse> RetrySweep(const std::string& name, v1::RetryScope scope) override {
    return client_.RetrySweep(name, scope);
  }
  Status WatchSweep(const std::string& name, const Taker<v1::WatchSweepResponse>& take) override {
    return client_.WatchSweep(name, kWatchInterval, take, &waiting_);
  }

  Result<v1::Stage> GetStage(const std::string& name) override { return client_.GetStage(name); }
  Result<std::vector<v1::Stage>> ListStages(const std::string& sweep) override { return client_.ListStages(sweep); }
  Status ReadStageLog(const std::string& stage, int attempt, int64_t offset, bool follow,
                      const Taker<v1::ReadStageLogResponse>& take) override {
    return client_.ReadStageLog(stage, attempt, offset, follow, take, &waiting_);
  }

  Result<v1::Trial> GetTrial(const std::string& name) override { return client_.GetTrial(name); }
  Result<SweepResults> ListResults(const std::string& sweep) override { return client_.ListResults(sweep); }

  Result<v1::Artifact> GetArtifact(const std::string& name) override { return artifacts_.Get(name); }
  Status DownloadArtifact(const std::string& name, const std::filesystem::path& path) override {
    return artifacts_.Download(name, path);
  }
  Result<v1::Artifact> UploadArtifact(const std::filesystem::path& path) override { return artifacts_.Upload(path); }

  Result<std::vector<v1::Worker>> ListWorkers() override { return client_.ListWorkers(); }

  Result<v1::Worker> DrainWorker(const std::string& name, bool drain) override {
    return client_.DrainWorker(name, drain);
  }

  void Interrupt() override { waiting_.Cancel(); }

 private:
  const std::unique_ptr<client::Connection> connection_;
  const v1::Server server_;
  client::Client client_;
  client::ArtifactClient artifacts_;
  client::Cancellation waiting_;  // of calls that wait
};

}  // namespace

Result<std::unique_ptr<Coordinator>> ConnectToCoordinator(const ConnectRequest& request) {
  WINNOW_ASSIGN_OR_RETURN(std::unique_ptr<client::Connection> connection,
                          client::Connection::Open(request.address, SystemClock()));
  WINNOW_ASSIGN_OR_RETURN(v1::Server server, connection->Handshake(request.limit));
  return std::make_unique<ClientCoordinator>(std::move(connection), std::move(server));
}

}  // namespace winnow::cli
