// The questions of StoreReader, answered by one connection within its running transaction.
#ifndef SERVER_STORE_SQLITE_READER_H_
#define SERVER_STORE_SQLITE_READER_H_

#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_rows.h"
#include "server/store/store_reader.h"

namespace winnow::server {

// Ownership: borrows both.
class SqliteReader : public virtual StoreReader {
 public:
  SqliteReader(SqliteConnection* connection, const Clock* clock) : connection_(*connection), clock_(*clock) {}

  Result<int64_t> Revision() const override;
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
  // Numbers in the database. kNotFound.
  Result<int64_t> SweepId(const std::string& id) const;
  struct StageId {
    int64_t id = 0;
    StageState state = StageState::kBlocked;
  };
  virtual Result<StageId> FindStageId(const std::string& key) const;
  Result<std::optional<StageRow>> FindStageRow(const std::string& key) const;
  Result<std::optional<Sweep>> FindStoredSweep(const std::string& id) const;
  // Sets the counts of stages.
  virtual void AddCounts(Sweep& sweep) const;
  void AddStoredCounts(Sweep& sweep) const;

  // Logically const: a reader changes nothing but the connection's caches.
  SqliteConnection& connection_;
  const Clock& clock_;

 private:
  void AddParentsAndArtifacts(StageRow& row) const;
  void AddArtifacts(StageRow& row) const;
  Status VisitStages(SqliteQuery& query, const Visit<Stage>& visit) const;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_READER_H_
