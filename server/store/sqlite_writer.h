// The changes of StoreWriter, made by one connection within its running transaction.
#ifndef SERVER_STORE_SQLITE_WRITER_H_
#define SERVER_STORE_SQLITE_WRITER_H_

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/store/count_changes.h"
#include "server/store/sqlite_reader.h"
#include "server/store/stage_cache.h"
#include "server/store/store_writer.h"

namespace winnow::server {

// One for the transactions of a commit, one after the other: EndTransaction after each, EndCommit before the commit.
// Some stages are kept in memory, and counts are written at the end; what is asked meanwhile takes both into account.
class SqliteWriter final : public SqliteReader, public StoreWriter {
 public:
  // `revision` is what the commit will have. Borrows `stages`, which outlives the commit: where that fails, or is
  // undone, they are to be forgotten.
  SqliteWriter(SqliteConnection* connection, const Clock* clock, int64_t revision, StageCache* stages)
      : SqliteReader(connection, clock), revision_(revision), stages_(*stages) {}

  // The transaction has ended well, or is undone. Whether it wrote anything.
  bool EndTransaction(bool is_kept);
  // Writes what was gathered.
  Status EndCommit();

  Result<int64_t> Revision() const override { return revision_; }
  Result<std::optional<Sweep>> FindSweep(const std::string& id) const override;
  Result<std::optional<Stage>> FindStage(const std::string& key) const override;
  Result<std::vector<StageArtifact>> ArtifactsOfStage(const std::string& key) const override;
  Result<std::vector<StagePlace>> PlacesOfStage(const std::string& key) const override;
  Result<std::vector<Trial>> TrialsOfStage(const std::string& key) const override;

  Status CreateSweep(const Sweep& sweep, const std::string& spec_json) override;
  Status UpdateSweep(const Sweep& sweep) override;
  Status PutTrial(const Trial& trial) override;
  Status UpdateTrialState(const Trial& trial) override;
  Status CreateStage(const Stage& stage) override;
  Status UpdateStage(const Stage& stage) override;
  Status PlaceStage(const std::string& key, const StagePlace& place) override;
  Status PutAttempt(const Attempt& attempt) override;
  Status PutMeasurements(const std::string& stage, std::span<const Measurement> measurements) override;
  Status DropMeasurementsAfter(const std::string& stage, int64_t step) override;
  Status PutArtifact(const Artifact& artifact) override;
  Status LinkArtifact(const std::string& stage, const StageArtifact& artifact) override;
  Result<std::vector<std::string>> ForgetUnusedArtifacts(WallTime uploaded_before) override;
  Result<bool> ForgetArtifactIfUnused(const std::string& digest) override;
  Status PutWorker(const WorkerRecord& worker) override;
  Status RemoveWorker(const std::string& id) override;
  Status PutRefusedReport(const RefusedReport& report) override;
  Status PutRequest(const RequestRecord& record) override;

 protected:
  Result<StageId> FindStageId(const std::string& key) const override;
  void AddCounts(Sweep& sweep) const override;

 private:
  // Marks the transaction as one that changes something, then runs `body`.
  template <typename Body>
  auto Change(Body body) {
    changed_ = true;
    return connection_.Guard(std::move(body));
  }

  Status InsertStage(const Stage& stage);
  // Adds what counts_ has of it.
  void AddGathered(Sweep& sweep) const;
  // From the cache, or read into it. kNotFound. Valid until the next call.
  Result<const std::vector<PlaceRow>*> PlacesOf(const std::string& key) const;
  // The stage has changed, though not in what UpdateStage writes.
  void Touch(const std::string& key, int64_t id);

  const int64_t revision_;
  StageCache& stages_;
  CountChanges counts_;
  // By id, as they are in the database, which gets counts_ only at the end.
  mutable std::map<std::string, Sweep> sweeps_;
  bool changed_ = false;
  bool has_dropped_old_requests_ = false;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_WRITER_H_
