// What a transaction can change. It sees its own changes, and those of transactions before it in the same commit.
//
// Every change of a sweep, trial or stage stamps it with the commit's revision; a change of a stage's state moves the
// counts of every sweep it is part of.
//
// Errors     besides those named: kNotFound names what is to be changed and is not there; kResourceExhausted (disk
//            full), kUnavailable (read-only). After an error the transaction should return it: all it did is undone.
#ifndef SERVER_STORE_STORE_WRITER_H_
#define SERVER_STORE_STORE_WRITER_H_

#include <span>
#include <string>
#include <vector>

#include "server/store/store_reader.h"

namespace winnow::server {

class StoreWriter : public virtual StoreReader {
 public:
  // kAlreadyExists: a sweep of that id.
  virtual Status CreateSweep(const Sweep& sweep, const std::string& spec_json) = 0;
  virtual Status UpdateSweep(const Sweep& sweep) = 0;

  // Creates or replaces; its sweep and stages are there.
  virtual Status PutTrial(const Trial& trial) = 0;

  // Writes state and reason of a trial that is there.
  virtual Status UpdateTrialState(const Trial& trial) = 0;

  // Its parents, and its pretrained artifact, are there. kAlreadyExists: a stage of that key.
  virtual Status CreateStage(const Stage& stage) = 0;
  // Writes what may change of it. kFailedPrecondition: the state cannot move so (server/domain/stage_state.h), or the
  // resume point's artifact is not there (reason ARTIFACT_MISSING).
  virtual Status UpdateStage(const Stage& stage) = 0;
  // Makes a stage part of a sweep's graph, or moves it there.
  virtual Status PlaceStage(const std::string& key, const StagePlace& place) = 0;

  // Creates or replaces.
  virtual Status PutAttempt(const Attempt& attempt) = 0;

  // Each replaces the one of the same name and step.
  virtual Status PutMeasurements(const std::string& stage, std::span<const Measurement> measurements) = 0;
  // Drops those of later steps, and final ones (step 0).
  virtual Status DropMeasurementsAfter(const std::string& stage, int64_t step) = 0;

  // Names bytes that are durable on disk already. There already: its upload time is set.
  virtual Status PutArtifact(const Artifact& artifact) = 0;
  // Replaces what had the role. kFailedPrecondition, reason ARTIFACT_MISSING: no such artifact.
  virtual Status LinkArtifact(const std::string& stage, const StageArtifact& artifact) = 0;
  // Forgets those that nothing names (no stage by link, resume point or pretrained) and that were last uploaded before
  // `uploaded_before`; returns their digests. The files are the caller's to remove, after the commit.
  virtual Result<std::vector<std::string>> ForgetUnusedArtifacts(WallTime uploaded_before) = 0;
  // The same for one, whenever it was uploaded; whether it was forgotten.
  virtual Result<bool> ForgetArtifactIfUnused(const std::string& digest) = 0;

  // Creates or replaces.
  virtual Status PutWorker(const WorkerRecord& worker) = 0;
  virtual Status RemoveWorker(const std::string& id) = 0;

  // The oldest goes where there are too many.
  virtual Status PutRefusedReport(const RefusedReport& report) = 0;

  // Stamped with the time. kAlreadyExists: there is a record of that id.
  virtual Status PutRequest(const RequestRecord& record) = 0;
};

// Reasons of kFailedPrecondition that callers may branch on.
inline constexpr char kArtifactMissing[] = "ARTIFACT_MISSING";

}  // namespace winnow::server

#endif  // SERVER_STORE_STORE_WRITER_H_
