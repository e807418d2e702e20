#include "server/store/sqlite_writer.h"

#include <utility>

#include "server/domain/resource_name.h"
#include "server/store/sqlite_query.h"
#include "server/store/sqlite_statements.h"
#include "server/store/write_rules.h"

namespace winnow::server {
namespace {

// What both ways of writing a sweep bind, in order.
void BindSweep(SqliteQuery& query, const Sweep& sweep, int64_t revision) {
  query.Bind(sweep.description).Bind(sweep.state).Bind(sweep.reason).Bind(sweep.priority).Bind(sweep.create_time);
  query.Bind(sweep.end_time).Bind(sweep.trial_count).Bind(sweep.stage_total).Bind(sweep.stage_reused);
  query.Bind(sweep.stage_unshared).Bind(sweep.fingerprint).Bind(sweep.fingerprint_json);
  query.Bind(sweep.awaits_fingerprint).Bind(revision).Bind(sweep.hold).Bind(sweep.user);
}

// What may change of a stage, likewise.
void BindStage(SqliteQuery& query, const Stage& stage, int64_t revision) {
  query.Bind(stage.memory_bytes).Bind(stage.max_attempts).Bind(stage.state).Bind(stage.reason).Bind(stage.attempt);
  query.Bind(stage.failed_attempts).Bind(stage.worker).Bind(stage.token);
  if (stage.resume) {
    query.Bind(stage.resume->digest).Bind(stage.resume->epoch);
  } else {
    query.BindNull().BindNull();
  }
  query.Bind(stage.start_time).Bind(stage.end_time).Bind(stage.numerics_class).Bind(stage.result_json).Bind(revision);
  query.Bind(LabelsJson(stage.labels));
}

}  // namespace

Status SqliteWriter::CreateSweep(const Sweep& sweep, const std::string& spec_json) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Sweep> there, FindSweep(sweep.id));
    if (there) return SweepExists(sweep.id);
    SqliteQuery insert(connection_, sql::kInsertSweep);
    insert.Bind(sweep.id);
    BindSweep(insert, sweep, revision_);
    insert.Run();
    const int64_t id = connection_.database().getLastInsertRowid();
    SqliteQuery(connection_, sql::kInsertSweepSpec).Bind(id).Bind(spec_json).Run();
    return OkStatus();
  });
}

Status SqliteWriter::UpdateSweep(const Sweep& sweep) {
  return Change([&]() -> Status {
    SqliteQuery update(connection_, sql::kUpdateSweep);
    BindSweep(update, sweep, revision_);
    if (update.Bind(sweep.id).Run() == 0) return NotFound(SweepName(sweep.id) + " is not there");
    return OkStatus();
  });
}

Status SqliteWriter::PutTrial(const Trial& trial) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const int64_t sweep, SweepId(trial.sweep));
    SqliteQuery put(connection_, sql::kPutTrial);
    put.Bind(sweep).Bind(trial.id).Bind(trial.position).Bind(trial.state).Bind(trial.reason).Bind(trial.tile_size);
    put.Bind(trial.spatial_rate).Bind(trial.winograd_rate).Bind(trial.method);
    for (const std::string* key : {&trial.net, &trial.evaluate, &trial.benchmark, &trial.dense_evaluate,
                                   &trial.dense_benchmark, &trial.trained_on_evaluate}) {
      const bool optional =
          key == &trial.benchmark || key == &trial.dense_benchmark || key == &trial.trained_on_evaluate;
      if (key->empty() && optional) {
        put.BindNull();
        continue;
      }
      WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId stage, FindStageId(*key));
      put.Bind(stage.id);
    }
    put.Bind(trial.seed).Bind(trial.images).Bind(revision_).Bind(revision_).Run();
    return OkStatus();
  });
}

Status SqliteWriter::UpdateTrialState(const Trial& trial) {
  return Change([&]() -> Status {
    SqliteQuery update(connection_, sql::kUpdateTrialState);
    update.Bind(trial.state).Bind(trial.reason).Bind(revision_).Bind(trial.sweep).Bind(trial.id);
    if (update.Run() == 0) return NotFound(TrialNameOf(trial.sweep, trial.id) + " is not there");
    return OkStatus();
  });
}

Status SqliteWriter::CreateStage(const Stage& stage) {
  return Change([&]() -> Status {
    if (FindStageId(stage.key)) return StageExists(stage.key);
    for (const std::string& digest : {stage.pretrained, stage.resume ? stage.resume->digest : std::string()}) {
      if (digest.empty()) continue;
      WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Artifact> artifact, FindArtifact(digest));
      if (!artifact) return ArtifactMissing(digest);
    }
    return InsertStage(stage);
  });
}

Status SqliteWriter::InsertStage(const Stage& stage) {
  SqliteQuery insert(connection_, sql::kInsertStage);
  insert.Bind(stage.key).Bind(std::string(spec::StageKindName(stage.kind))).Bind(stage.version).Bind(stage.label);
  insert.Bind(stage.threads).Bind(stage.exclusive).Bind(stage.data_set).Bind(stage.data_digest);
  insert.BindOrNull(stage.pretrained).Bind(stage.fingerprint).Bind(stage.parameters_json);
  BindStage(insert, stage, revision_);
  insert.Run();
  const int64_t id = connection_.database().getLastInsertRowid();
  for (size_t i = 0; i < stage.parents.size(); ++i) {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId parent, FindStageId(stage.parents[i]));
    SqliteQuery(connection_, sql::kInsertParent).Bind(id).Bind(i).Bind(parent.id).Run();
  }
  return OkStatus();
}

Status SqliteWriter::UpdateStage(const Stage& stage) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId found, FindStageId(stage.key));
    WINNOW_RETURN_IF_ERROR(CheckMove(stage.key, found.state, stage.state));
    if (stage.resume) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Artifact> artifact, FindArtifact(stage.resume->digest));
      if (!artifact) return ArtifactMissing(stage.resume->digest);
    }
    SqliteQuery update(connection_, sql::kUpdateStage);
    BindStage(update, stage, revision_);
    update.Bind(found.id).Run();
    if (found.state != stage.state) MoveCounts(found.id, found.state, stage.state);
    return OkStatus();
  });
}

void SqliteWriter::MoveCounts(int64_t stage, StageState from, StageState to) {
  SqliteQuery(connection_, sql::kUncountStageEverywhere).Bind(from).Bind(stage).Run();
  SqliteQuery(connection_, sql::kCountStageEverywhere).Bind(to).Bind(stage).Run();
  SqliteQuery(connection_, sql::kTouchSweepsOfStage).Bind(revision_).Bind(stage).Run();
}

void SqliteWriter::Touch(int64_t stage) {
  SqliteQuery(connection_, sql::kTouchStage).Bind(revision_).Bind(stage).Run();
}

Status SqliteWriter::PlaceStage(const std::string& key, const StagePlace& place) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const int64_t sweep, SweepId(place.sweep));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId stage, FindStageId(key));
    SqliteQuery find(connection_, sql::kFindPlace);
    if (find.Bind(sweep).Bind(stage.id).Step()) {
      if (find.Integer() == place.position) return OkStatus();
      SqliteQuery(connection_, sql::kMovePlace).Bind(place.position).Bind(sweep).Bind(stage.id).Run();
    } else {
      SqliteQuery insert(connection_, sql::kInsertPlace);
      insert.Bind(sweep).Bind(stage.id).Bind(place.position).Bind(revision_).Run();
      SqliteQuery(connection_, sql::kCountStage).Bind(sweep).Bind(stage.state).Run();
      SqliteQuery(connection_, sql::kTouchSweep).Bind(revision_).Bind(sweep).Run();
    }
    Touch(stage.id);
    return OkStatus();
  });
}

Status SqliteWriter::PutAttempt(const Attempt& attempt) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId stage, FindStageId(attempt.stage));
    SqliteQuery put(connection_, sql::kPutAttempt);
    put.Bind(stage.id)
        .Bind(attempt.number)
        .Bind(attempt.worker)
        .Bind(attempt.token)
        .Bind(attempt.state)
        .Bind(attempt.start_time);
    put.Bind(attempt.end_time).Bind(attempt.code).Bind(attempt.message).Bind(attempt.last_lines);
    put.Bind(attempt.numerics_class).Run();
    return OkStatus();
  });
}

Status SqliteWriter::PutMeasurements(const std::string& stage, std::span<const Measurement> measurements) {
  if (measurements.empty()) return StatusOf(FindStageId(stage));
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId found, FindStageId(stage));
    for (const Measurement& measurement : measurements) {
      SqliteQuery put(connection_, sql::kPutMeasurement);
      put.Bind(found.id).Bind(measurement.name).Bind(measurement.step).Bind(measurement.value).Run();
    }
    return OkStatus();
  });
}

Status SqliteWriter::DropMeasurementsAfter(const std::string& stage, int64_t step) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId found, FindStageId(stage));
    SqliteQuery(connection_, sql::kDropMeasurements).Bind(found.id).Bind(step).Run();
    return OkStatus();
  });
}

Status SqliteWriter::PutArtifact(const Artifact& artifact) {
  return Change([&]() -> Status {
    SqliteQuery put(connection_, sql::kPutArtifact);
    put.Bind(artifact.digest).Bind(artifact.size_bytes).Bind(artifact.upload_time).Run();
    return OkStatus();
  });
}

Status SqliteWriter::LinkArtifact(const std::string& stage, const StageArtifact& artifact) {
  return Change([&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const StageId found, FindStageId(stage));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<Artifact> there, FindArtifact(artifact.digest));
    if (!there) return ArtifactMissing(artifact.digest);
    SqliteQuery link(connection_, sql::kLinkArtifact);
    link.Bind(found.id).Bind(artifact.role).Bind(artifact.digest).Run();
    Touch(found.id);
    return OkStatus();
  });
}

Result<std::vector<std::string>> SqliteWriter::ForgetUnusedArtifacts(WallTime uploaded_before) {
  return Change([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> forgotten;
    SqliteQuery forget(connection_, sql::kForgetUnused);
    forget.Bind(uploaded_before);
    while (forget.Step()) forgotten.push_back(forget.Text());
    return forgotten;
  });
}

Result<bool> SqliteWriter::ForgetArtifactIfUnused(const std::string& digest) {
  return Change(
      [&]() -> Result<bool> { return SqliteQuery(connection_, sql::kForgetIfUnused).Bind(digest).Run() > 0; });
}

Status SqliteWriter::PutWorker(const WorkerRecord& worker) {
  return Change([&]() -> Status {
    SqliteQuery put(connection_, sql::kPutWorker);
    put.Bind(worker.id).Bind(worker.instance).Bind(worker.host_id).Bind(worker.threads).Bind(worker.memory_bytes);
    put.Bind(worker.isa).Bind(worker.numerics_class).Bind(worker.fingerprint).Bind(worker.fingerprint_json);
    put.Bind(StageVersionsJson(worker)).Bind(DataSetsJson(worker)).Bind(LabelsJson(worker.labels));
    put.Bind(worker.register_time).Bind(worker.last_seen_time).Bind(worker.draining).Run();
    return OkStatus();
  });
}

Status SqliteWriter::RemoveWorker(const std::string& id) {
  return Change([&]() -> Status {
    if (SqliteQuery(connection_, sql::kRemoveWorker).Bind(id).Run() == 0) {
      return NotFound(WorkerName(id) + " is not there");
    }
    return OkStatus();
  });
}

Status SqliteWriter::PutRefusedReport(const RefusedReport& report) {
  return Change([&]() -> Status {
    SqliteQuery put(connection_, sql::kPutRefusedReport);
    put.Bind(report.time).Bind(report.request_id).Bind(report.token).Bind(report.worker).Bind(report.outcome).Run();
    const int64_t id = connection_.database().getLastInsertRowid();
    SqliteQuery(connection_, sql::kDropOldRefusedReports).Bind(id - kRefusedReportsKept).Run();
    return OkStatus();
  });
}

Status SqliteWriter::PutRequest(const RequestRecord& record) {
  return Change([&]() -> Status {
    const WallTime now = clock_.WallNow();
    SqliteQuery(connection_, sql::kDropOldRequests).Bind(now - kRequestLifetime).Run();
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::optional<RequestRecord> there, FindRequest(record.request_id));
    if (there) return RequestExists(record.request_id);
    SqliteQuery put(connection_, sql::kPutRequest);
    put.Bind(record.request_id).Bind(record.method).BindBytes(record.reply).Bind(now).Run();
    return OkStatus();
  });
}

}  // namespace winnow::server
