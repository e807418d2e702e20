// What can be asked of the store. Every question sees the same moment: no commit falls between two of them.
//
// Absence is no error where a question says optional; Get... turn it into kNotFound that names the thing.
//
// Threads    one at a time, and not after the call that handed the reader out has returned.
// Errors     besides those named: kUnavailable (the file cannot be read now), kDataLoss (it is damaged).
#ifndef SERVER_STORE_STORE_READER_H_
#define SERVER_STORE_STORE_READER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "server/domain/attempt.h"
#include "server/domain/measurement.h"
#include "server/domain/refused_report.h"
#include "server/domain/request_record.h"
#include "server/domain/stage.h"
#include "server/domain/sweep.h"
#include "server/domain/trial.h"
#include "server/domain/worker_record.h"
#include "server/store/page.h"

namespace winnow::server {

class StoreReader {
 public:
  // Called for each row, so that none of the long lists is ever in memory whole. Must not ask the reader anything. An
  // error ends the list and is what the question returns.
  template <typename T>
  using Visit = std::function<Status(T)>;

  virtual ~StoreReader() = default;

  // Of the last commit this reader sees. In a transaction: of the commit that its changes will be part of.
  virtual Result<int64_t> Revision() const = 0;

  virtual Result<std::optional<Sweep>> FindSweep(const std::string& id) const = 0;
  // The spec's text as it was submitted.
  virtual Result<std::optional<std::string>> FindSweepSpec(const std::string& id) const = 0;
  // Newest first.
  virtual Result<Page<Sweep>> ListSweeps(const PageRequest& request) const = 0;
  // RUNNING and CANCELLING, oldest first.
  virtual Status ForEachLiveSweep(const Visit<Sweep>& visit) const = 0;

  virtual Result<std::optional<Trial>> FindTrial(const std::string& sweep, const std::string& id) const = 0;
  // By position. kNotFound: no such sweep (likewise below).
  virtual Result<Page<Trial>> ListTrials(const std::string& sweep, const PageRequest& request) const = 0;
  virtual Status ForEachTrial(const std::string& sweep, const Visit<Trial>& visit) const = 0;
  // Those whose net, evaluation or benchmark it is, in all sweeps; the dense net's do not count.
  virtual Result<std::vector<Trial>> TrialsOfStage(const std::string& key) const = 0;
  virtual Result<TrialTally> CountTrials(const std::string& sweep) const = 0;

  virtual Result<std::optional<Stage>> FindStage(const std::string& key) const = 0;
  // Parts of it, for what asks for many. kNotFound.
  virtual Result<StageState> StateOfStage(const std::string& key) const = 0;
  virtual Result<std::vector<StageArtifact>> ArtifactsOfStage(const std::string& key) const = 0;
  // By position in the graph.
  virtual Result<Page<Stage>> ListStages(const std::string& sweep, const PageRequest& request) const = 0;
  // Those changed (or taken up by the sweep) after a revision, by position; without result_json. 0: all.
  virtual Status ForEachChangedStage(const std::string& sweep, int64_t after_revision,
                                     const Visit<Stage>& visit) const = 0;
  // All that have not ended, of every sweep, in the order in which they were created; without result_json.
  virtual Status ForEachLiveStage(const Visit<Stage>& visit) const = 0;
  virtual Result<std::vector<std::string>> ChildrenOf(const std::string& key) const = 0;
  // The sweeps that need it, ended ones too, oldest first.
  virtual Result<std::vector<StagePlace>> PlacesOfStage(const std::string& key) const = 0;

  virtual Result<std::optional<Attempt>> FindAttempt(const std::string& stage, int number) const = 0;
  // By number.
  virtual Result<std::vector<Attempt>> ListAttempts(const std::string& stage) const = 0;
  // By name, then step.
  virtual Result<Page<Measurement>> ListMeasurements(const std::string& stage, const PageRequest& request) const = 0;

  virtual Result<std::optional<Artifact>> FindArtifact(const std::string& digest) const = 0;
  virtual Status ForEachArtifact(const Visit<Artifact>& visit) const = 0;

  virtual Result<std::optional<WorkerRecord>> FindWorker(const std::string& id) const = 0;
  // By id.
  virtual Result<Page<WorkerRecord>> ListWorkers(const PageRequest& request) const = 0;

  // Oldest first.
  virtual Status ForEachRefusedReport(const Visit<RefusedReport>& visit) const = 0;

  // nullopt once it is older than kRequestLifetime.
  virtual Result<std::optional<RequestRecord>> FindRequest(const std::string& request_id) const = 0;

  // kNotFound: not there.
  Result<Sweep> GetSweep(const std::string& id) const;
  Result<Trial> GetTrial(const std::string& sweep, const std::string& id) const;
  Result<Stage> GetStage(const std::string& key) const;
  Result<WorkerRecord> GetWorker(const std::string& id) const;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_STORE_READER_H_
