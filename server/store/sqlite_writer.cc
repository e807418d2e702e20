#include "server/store/sqlite_writer.h"

#include <algorithm>
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

// Sets the one of its role; they are in order of their roles.
void SetArtifact(const StageArtifact& artifact, std::vector<StageArtifact>& artifacts) {
  const auto at = std::lower_bound(artifacts.begin(), artifacts.end(), artifact,
                                   [](const StageArtifact& a, const StageArtifact& b) { return a.role < b.role; });
  if (at != artifacts.end() && at->role == artifact.role) {
    *at = artifact;
  } else {
    artifacts.insert(at, artifact);
  }
}

}  // namespace

bool SqliteWriter::EndTransaction(bool is_kept) {
  if (is_kept) {
    counts_.Keep();
  } else {
    counts_.Drop();
    has_dropped_old_requests_ = false;
    sweeps_.clear();
    if (changed_) stages_.Clear();
  }
  return std::exchange(changed_, false);
}

Status SqliteWriter::EndCommit() {
  return connection_.Guard([&]() -> Status {
    for (const auto& [sweep, counts] : counts_.Take()) {
      for (const StageState state : kStageStates) {
        if (counts[state] == 0) continue;
        SqliteQuery(connection_, sql::kAddToCount).Bind(sweep).Bind(state).Bind(counts[state]).Run();
      }
      SqliteQuery(connection_, sql::kTouchSweep).Bind(revision_).Bind(sweep).Run();
    }
    return OkStatus();
  });
}

Result<SqliteReader::StageId> SqliteWriter::FindStageId(const std::string& key) const {
  if (const StageCache::Entry* const known = stages_.Find(key)) return StageId{known->id, known->state};
  WINNOW_ASSIGN_OR_RETURN(const StageId found, SqliteReader::FindStageId(key));
  stages_.Add(key, found.id, found.state);
  return found;
}

Result<std::optional<Stage>> SqliteWriter::FindStage(const std::string& key) const {
  if (const StageCache::Entry* const known = stages_.Find(key); known != nullptr && known->stage) return known->stage;
  WINNOW_ASSIGN_OR_RETURN(std::optional<StageRow> row, FindStageRow(key));
  if (!row) return std::optional<Stage>();
  return stages_.Add(key, row->id, row->stage.state).stage = std::move(row->stage);
}

Result<std::vector<StageArtifact>> SqliteWriter::ArtifactsOfStage(const std::string& key) const {
  const StageCache::Entry* const known = stages_.Find(key);
  if (known != nullptr && known->stage) return known->stage->artifacts;
  return SqliteReader::ArtifactsOfStage(key);
}

Result<const std::vector<PlaceRow>*> SqliteWriter::PlacesOf(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const StageId stage, FindStageId(key));
  StageCache::Entry& entry = stages_.Add(key, stage.id, stage.state);
  if (!entry.places) {
    std::vector<PlaceRow> places;
    WINNOW_RETURN_ERR_IF_ERROR(connection_.Guard([&]() -> Status {
      SqliteQuery query(connection_, sql::kPlaces);
      query.Bind(stage.id);
      while (query.Step()) places.push_back(ReadPlace(query));
      return OkStatus();
    }));
    entry.places = std::move(places);
  }
  return &*entry.places;
}

Result<std::vector<StagePlace>> SqliteWriter::PlacesOfStage(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<PlaceRow>* const rows, PlacesOf(key));
  std::vector<StagePlace> places;
  for (const PlaceRow& row : *rows) places.push_back(row.place);
  return places;
}

Result<std::vector<Trial>> SqliteWriter::TrialsOfStage(const std::string& key) const {
  if (const std::vector<Trial>* const known = stages_.TrialsOf(key)) return *known;
  WINNOW_ASSIGN_OR_RETURN(std::vector<Trial> trials, SqliteReader::TrialsOfStage(key));
  stages_.SetTrials(key, trials);
  return trials;
}

Result<std::optional<Sweep>> SqliteWriter::FindSweep(const std::string& id) const {
  auto known = sweeps_.find(id);
  if (known == sweeps_.end()) {
    WINNOW_ASSIGN_OR_RETURN(std::optional<Sweep> found, FindStoredSweep(id));
    if (!found) return std::optional<Sweep>();
    known = sweeps_.emplace(id, *std::move(found)).first;
  }
  std::optional<Sweep> sweep = known->second;
  AddGathered(*sweep);
  return sweep;
}

void SqliteWriter::AddGathered(Sweep& sweep) const {
  if (counts_.AddTo(sweep.order, sweep.stage_counts)) sweep.revision = revision_;
}

void SqliteWriter::AddCounts(Sweep& sweep) const {
  AddStoredCounts(sweep);
  AddGathered(sweep);
}

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
    sweeps_.erase(sweep.id);
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
    stages_.ForgetTrials();
    return OkStatus();
  });
}

Status SqliteWriter::UpdateTrialState(const Trial& trial) {
  return Change([&]() -> Status {
    SqliteQuery update(connection_, sql::kUpdateTrialState);
    update.Bind(trial.state).Bind(trial.reason).Bind(revision_).Bind(trial.sweep).Bind(trial.id);
    if (update.Run() == 0) return NotFound(TrialNameOf(trial.sweep, trial.id) + " is not there");
    stages_.UpdateTrial(trial, revision_);
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
  stages_.Add(stage.key, id, stage.state);
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
    stages_.Update(stage, revision_);
    if (found.state == stage.state) return OkStatus();
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<PlaceRow>* const places, PlacesOf(stage.key));
    for (const PlaceRow& place : *places) counts_.Move(place.sweep, found.state, stage.state);
    return OkStatus();
  });
}

void SqliteWriter::Touch(const std::string& key, int64_t id) {
  StageCache::Entry* const known = stages_.Find(key);
  if (known != nullptr && known->stage) {
    if (known->stage->revision == revision_) return;
    known->stage->revision = revision_;
  }
  SqliteQuery(connection_, sql::kTouchStage).Bind(revision_).Bind(id).Run();
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
      counts_.Add(sweep, stage.state);
    }
    if (StageCache::Entry* const known = stages_.Find(key)) known->places.reset();
    Touch(key, stage.id);
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
    constexpr size_t kAtOnce = 8;
    std::span<const Measurement> rest = measurements;
    while (!rest.empty()) {
      const size_t count = rest.size() < kAtOnce ? 1 : kAtOnce;
      SqliteQuery put(connection_, count == 1 ? sql::kPutMeasurement : sql::kPutEightMeasurements);
      for (const Measurement& measurement : rest.first(count)) {
        put.Bind(found.id).Bind(measurement.name).Bind(measurement.step).Bind(measurement.value);
      }
      put.Run();
      rest = rest.subspan(count);
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
    if (StageCache::Entry* const known = stages_.Find(stage); known != nullptr && known->stage) {
      SetArtifact(artifact, known->stage->artifacts);
    }
    Touch(stage, found.id);
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
    const WallTime too_old = now - kRequestLifetime;
    if (!std::exchange(has_dropped_old_requests_, true)) {
      SqliteQuery(connection_, sql::kDropOldRequests).Bind(too_old).Run();
    }
    SqliteQuery put(connection_, sql::kPutRequest);
    put.Bind(record.request_id).Bind(record.method).BindBytes(record.reply).Bind(now).Bind(too_old);
    return put.Run() > 0 ? OkStatus() : RequestExists(record.request_id);
  });
}

}  // namespace winnow::server
