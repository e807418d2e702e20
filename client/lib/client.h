// What users ask of a coordinator: sweeps, trials, stages, results, workers. Typed calls that block.
//
// Names are the API's ("sweeps/x"). Lists are whole: paging happens here. Calls are repeated as Connection says; a
// mutating one keeps its request_id over the repeats, so it happens once.
#ifndef CLIENT_LIB_CLIENT_H_
#define CLIENT_LIB_CLIENT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/lib/connection.h"

namespace winnow::client {

struct SweepResults {
  std::vector<v1::TrialResult> trials;  // in the order of the spec
  std::vector<v1::BenchmarkRow> dense_benchmark;
  std::string fingerprint_json;  // of the machine the sweep is timed on; empty until known
};

// Threads    safe for concurrent use, except that calls which share policy.cancellation may not run at once.
// Ownership  borrows the connection.
// Errors     as Connection, and the API's (proto/winnow/v1).
class Client {
 public:
  // Takes one message of a stream; false ends the call, which then returns OK.
  template <typename Message>
  using Taker = std::function<bool(const Message&)>;

  explicit Client(Connection* connection, CallPolicy policy = {}) : connection_(connection), policy_(policy) {}

  // kInvalidArgument carries every fault of the spec, one a line.
  Result<v1::CreateSweepResponse> SubmitSweep(const std::string& spec_json, const std::string& user,
                                              bool validate_only);
  // The same for nobody in particular.
  Result<v1::Sweep> CreateSweep(const std::string& spec_json, bool validate_only);
  Result<v1::Sweep> GetSweep(const std::string& name);
  // Newest first, at most `most` (0: all), without their specs.
  Result<std::vector<v1::Sweep>> ListSweeps(size_t most = 0);
  Result<v1::Sweep> CancelSweep(const std::string& name);
  Result<v1::Sweep> PauseSweep(const std::string& name);
  Result<v1::Sweep> ResumeSweep(const std::string& name);
  Result<v1::Sweep> StopSweep(const std::string& name);
  Result<v1::RetrySweepResponse> RetrySweep(const std::string& name, v1::RetryScope scope);

  // The sweep and its stages, then what changes, until `take` has had the final state. After a loss of the connection
  // it goes on from the last revision; it fails when nothing has come for the policy's patience. `waiting` ends it.
  Status WatchSweep(const std::string& name, Duration min_interval, const Taker<v1::WatchSweepResponse>& take,
                    Cancellation* waiting);

  Result<v1::Stage> GetStage(const std::string& name);
  // In graph order.
  Result<std::vector<v1::Stage>> ListStages(const std::string& sweep);
  Result<std::vector<v1::Measurement>> ListMeasurements(const std::string& stage);
  // The log from byte `offset` (negative: so many before the end) of attempt `attempt` (0: the latest), with `follow`
  // until the attempt has ended. Goes on by itself after a loss of the connection, no byte twice or left out.
  Status ReadStageLog(const std::string& stage, int attempt, int64_t offset, bool follow,
                      const Taker<v1::ReadStageLogResponse>& take, Cancellation* waiting);

  Result<v1::Trial> GetTrial(const std::string& name);
  Result<std::vector<v1::Trial>> ListTrials(const std::string& sweep);
  Result<SweepResults> ListResults(const std::string& sweep);

  // Alive ones first.
  Result<std::vector<v1::Worker>> ListWorkers();
  Result<v1::Worker> DrainWorker(const std::string& name, bool drain);

 private:
  // A call that changes one sweep and answers with it.
  template <typename Request, typename Response>
  Result<v1::Sweep> Change(const std::string& name,
                           grpc::Status (v1::SweepService::StubInterface::*method)(grpc::ClientContext*, const Request&,
                                                                                   Response*));

  Connection* const connection_;
  const CallPolicy policy_;
};

}  // namespace winnow::client

#endif  // CLIENT_LIB_CLIENT_H_
