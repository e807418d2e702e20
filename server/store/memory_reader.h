// The questions of StoreReader, answered from tables in memory.
#ifndef SERVER_STORE_MEMORY_READER_H_
#define SERVER_STORE_MEMORY_READER_H_

#include <memory>

#include "base/clock.h"
#include "server/store/memory_tables.h"
#include "server/store/store_reader.h"

namespace winnow::server {

// Ownership: shares the tables, borrows the clock.
class MemoryReader : public virtual StoreReader {
 public:
  MemoryReader(std::shared_ptr<const MemoryTables> tables, const Clock* clock)
      : tables_(std::move(tables)), clock_(*clock) {}

  Result<int64_t> Revision() const override { return tables_->revision; }
  Result<std::optional<Sweep>> FindSweep(const std::string& id) const override;
  Result<std::optional<std::string>> FindSweepSpec(const std::string& id) const override;
  Result<Page<Sweep>> ListSweeps(const PageRequest& request) const override;
  Status ForEachLiveSweep(const Visit<Sweep>& visit) const override;
  Result<std::optional<Trial>> FindTrial(const std::string& sweep, const std::string& id) const override;
  Result<Page<Trial>> ListTrials(const std::string& sweep, const PageRequest& request) const override;
  Status ForEachTrial(const std::string& sweep, const Visit<Trial>& visit) const override;
  Result<std::vector<Trial>> TrialsOfStage(const std::string& key) const override;
  Result<TrialTally> CountTrials(const std::string& sweep) const override;
  Result<std::optional<Stage>> FindStage(const std::string& key) const override;
  Result<StageState> StateOfStage(const std::string& key) const override;
  Result<std::vector<StageArtifact>> ArtifactsOfStage(const std::string& key) const override;
  Result<Page<Stage>> ListStages(const std::string& sweep, const PageRequest& request) const override;
  Status ForEachChangedStage(const std::string& sweep, int64_t after_revision,
                             const Visit<Stage>& visit) const override;
  Status ForEachLiveStage(const Visit<Stage>& visit) const override;
  Result<std::vector<std::string>> ChildrenOf(const std::string& key) const override;
  Result<std::vector<StagePlace>> PlacesOfStage(const std::string& key) const override;
  Result<std::optional<Attempt>> FindAttempt(const std::string& stage, int number) const override;
  Result<std::vector<Attempt>> ListAttempts(const std::string& stage) const override;
  Result<Page<Measurement>> ListMeasurements(const std::string& stage, const PageRequest& request) const override;
  Result<std::optional<Artifact>> FindArtifact(const std::string& digest) const override;
  Status ForEachArtifact(const Visit<Artifact>& visit) const override;
  Result<std::optional<WorkerRecord>> FindWorker(const std::string& id) const override;
  Result<Page<WorkerRecord>> ListWorkers(const PageRequest& request) const override;
  Status ForEachRefusedReport(const Visit<RefusedReport>& visit) const override;
  Result<std::optional<RequestRecord>> FindRequest(const std::string& request_id) const override;

 protected:
  // kNotFound.
  Status NeedSweep(const std::string& id) const;
  Status NeedStage(const std::string& key) const;

  std::shared_ptr<const MemoryTables> tables_;
  const Clock& clock_;

 private:
  struct Placed {
    const MemoryTables::StageRow* row;
    MemoryTables::Place place;
  };
  std::vector<Placed> PlacedStages(const std::string& sweep) const;
  std::vector<const MemoryTables::TrialRow*> TrialsInOrder(const std::string& sweep) const;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_MEMORY_READER_H_
