// The changes of StoreWriter, made by one connection within its running transaction.
#ifndef SERVER_STORE_SQLITE_WRITER_H_
#define SERVER_STORE_SQLITE_WRITER_H_

#include "server/store/sqlite_reader.h"
#include "server/store/store_writer.h"

namespace winnow::server {

class SqliteWriter final : public SqliteReader, public StoreWriter {
 public:
  // `revision` is what the commit will have.
  SqliteWriter(SqliteConnection* connection, const Clock* clock, int64_t revision)
      : SqliteReader(connection, clock), revision_(revision) {}

  // Whether anything was written since the last time this was asked.
  bool TakeChanged() { return std::exchange(changed_, false); }

  Result<int64_t> Revision() const override { return revision_; }

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

 private:
  // Marks the transaction as one that changes something, then runs `body`.
  template <typename Body>
  auto Change(Body body) {
    changed_ = true;
    return connection_.Guard(std::move(body));
  }

  Status InsertStage(const Stage& stage);
  // Moves the counts of every sweep that has the stage.
  void MoveCounts(int64_t stage, StageState from, StageState to);
  // The stage and every sweep that has it have changed.
  void Touch(int64_t stage);

  const int64_t revision_;
  bool changed_ = false;
};

}  // namespace winnow::server

#endif  // SERVER_STORE_SQLITE_WRITER_H_
