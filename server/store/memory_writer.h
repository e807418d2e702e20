// The changes of StoreWriter, made to a copy of the tables that is taken with the first of them.
#ifndef SERVER_STORE_MEMORY_WRITER_H_
#define SERVER_STORE_MEMORY_WRITER_H_

#include <memory>

#include "server/store/memory_reader.h"
#include "server/store/store_writer.h"

namespace winnow::server {

class MemoryWriter final : public MemoryReader, public StoreWriter {
 public:
  // Begins with `tables`; `revision` is what the commit will have.
  MemoryWriter(std::shared_ptr<const MemoryTables> tables, const Clock* clock, int64_t revision)
      : MemoryReader(std::move(tables), clock), revision_(revision) {}

  bool changed() const { return own_ != nullptr; }
  // The tables as they are now.
  std::shared_ptr<const MemoryTables> tables() const { return tables_; }

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
  // The tables, to be changed.
  MemoryTables& Own();
  // Replaces the row of a stage, or of a sweep, by a changed copy with the commit's revision.
  template <typename Change>
  void ChangeStage(const std::string& key, Change change);
  template <typename Change>
  void ChangeSweep(const std::string& id, Change change);
  Status NeedArtifact(const std::string& digest) const;
  bool IsUsed(const std::string& digest) const;

  const int64_t revision_;
  std::shared_ptr<MemoryTables> own_;  // the same as tables_, once changed
};

}  // namespace winnow::server

#endif  // SERVER_STORE_MEMORY_WRITER_H_
