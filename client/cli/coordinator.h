// What the commands ask of a coordinator: the seam between the commands and client/lib, so that tests script one.
//
// Names are the API's ("sweeps/x"); messages are those of proto/winnow/v1. Lists are whole: paging happens below.
//
// Threads    one call at a time, except Interrupt(), which may come from any thread.
// Errors     as the API has them; kUnavailable names the address and what went wrong; kCancelled after Interrupt().
#ifndef CLIENT_CLI_COORDINATOR_H_
#define CLIENT_CLI_COORDINATOR_H_

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/lib/client.h"

namespace winnow::cli {

namespace v1 = ::winnow::v1;

using client::SweepResults;

class Coordinator {
 public:
  // Takes one message of a stream; false ends the call, which then returns OK.
  template <typename Message>
  using Taker = std::function<bool(const Message&)>;

  virtual ~Coordinator() = default;

  virtual Result<v1::Server> GetServer() = 0;

  virtual Result<v1::CreateSweepResponse> CreateSweep(const std::string& spec_json, const std::string& user,
                                                      bool validate_only) = 0;
  virtual Result<v1::Sweep> GetSweep(const std::string& name) = 0;
  // Newest first, at most `most` (0: all).
  virtual Result<std::vector<v1::Sweep>> ListSweeps(size_t most) = 0;
  virtual Result<v1::Sweep> CancelSweep(const std::string& name) = 0;
  virtual Result<v1::Sweep> PauseSweep(const std::string& name) = 0;
  virtual Result<v1::Sweep> ResumeSweep(const std::string& name) = 0;
  virtual Result<v1::Sweep> StopSweep(const std::string& name) = 0;
  virtual Result<v1::RetrySweepResponse> RetrySweep(const std::string& name, v1::RetryScope scope) = 0;
  // Returns OK after the message with the sweep's final state. Goes on by itself after short losses of the connection.
  virtual Status WatchSweep(const std::string& name, const Taker<v1::WatchSweepResponse>& take) = 0;

  virtual Result<v1::Stage> GetStage(const std::string& name) = 0;
  virtual Result<std::vector<v1::Stage>> ListStages(const std::string& sweep) = 0;
  // attempt 0 is the latest. With `follow` until the attempt has ended.
  virtual Status ReadStageLog(const std::string& stage, int attempt, int64_t offset, bool follow,
                              const Taker<v1::ReadStageLogResponse>& take) = 0;

  virtual Result<v1::Trial> GetTrial(const std::string& name) = 0;
  virtual Result<SweepResults> ListResults(const std::string& sweep) = 0;

  virtual Result<v1::Artifact> GetArtifact(const std::string& name) = 0;
  // Writes the artifact to `path`, checked by its digest, whole or not at all.
  virtual Status DownloadArtifact(const std::string& name, const std::filesystem::path& path) = 0;
  // Uploads the file unless the coordinator has it already.
  virtual Result<v1::Artifact> UploadArtifact(const std::filesystem::path& path) = 0;

  virtual Result<std::vector<v1::Worker>> ListWorkers() = 0;
  virtual Result<v1::Worker> DrainWorker(const std::string& name, bool drain) = 0;

  // Ends calls that wait (WatchSweep, ReadStageLog), under way or to come. The others go on working.
  virtual void Interrupt() = 0;
};

}  // namespace winnow::cli

#endif  // CLIENT_CLI_COORDINATOR_H_
