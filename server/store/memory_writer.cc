#include "server/store/memory_writer.h"

#include <algorithm>
#include <utility>

#include "server/domain/resource_name.h"
#include "server/store/write_rules.h"

namespace winnow::server {

MemoryTables& MemoryWriter::Own() {
  if (!own_) {
    own_ = std::make_shared<MemoryTables>(*tables_);
    tables_ = own_;
  }
  return *own_;
}

template <typename Change>
void MemoryWriter::ChangeStage(const std::string& key, Change change) {
  MemoryTables::Row<MemoryTables::StageRow>& row = Own().stages.at(key);
  auto copy = std::make_shared<MemoryTables::StageRow>(*row);
  change(copy->stage);
  copy->stage.revision = revision_;
  row = std::move(copy);
}

template <typename Change>
void MemoryWriter::ChangeSweep(const std::string& id, Change change) {
  MemoryTables::Row<MemoryTables::SweepRow>& row = Own().sweeps.at(id);
  auto copy = std::make_shared<MemoryTables::SweepRow>(*row);
  change(copy->sweep);
  copy->sweep.revision = revision_;
  row = std::move(copy);
}

Status MemoryWriter::NeedArtifact(const std::string& digest) const {
  return digest.empty() || tables_->artifacts.contains(digest) ? OkStatus() : ArtifactMissing(digest);
}

Status MemoryWriter::CreateSweep(const Sweep& sweep, const std::string& spec_json) {
  if (tables_->sweeps.contains(sweep.id)) return SweepExists(sweep.id);
  MemoryTables& tables = Own();
  auto row = std::make_shared<MemoryTables::SweepRow>();
  row->sweep = sweep;
  row->sweep.order = ++tables.last_order;
  row->sweep.stage_counts = StageCounts();
  row->sweep.revision = revision_;
  row->spec_json = std::make_shared<const std::string>(spec_json);
  tables.sweeps[sweep.id] = std::move(row);
  return OkStatus();
}

Status MemoryWriter::UpdateSweep(const Sweep& sweep) {
  WINNOW_RETURN_IF_ERROR(NeedSweep(sweep.id));
  ChangeSweep(sweep.id, [&](Sweep& row) {
    const Sweep kept = row;
    row = sweep;
    row.order = kept.order;
    row.stage_counts = kept.stage_counts;
  });
  return OkStatus();
}

Status MemoryWriter::PutTrial(const Trial& trial) {
  WINNOW_RETURN_IF_ERROR(NeedSweep(trial.sweep));
  for (const std::string& key : {trial.net, trial.evaluate, trial.dense_evaluate}) {
    WINNOW_RETURN_IF_ERROR(NeedStage(key));
  }
  for (const std::string& key : {trial.benchmark, trial.dense_benchmark, trial.trained_on_evaluate}) {
    if (!key.empty()) WINNOW_RETURN_IF_ERROR(NeedStage(key));
  }
  MemoryTables::Row<MemoryTables::TrialRow>& row = Own().trials[{trial.sweep, trial.id}];
  auto changed = std::make_shared<MemoryTables::TrialRow>();
  changed->trial = trial;
  changed->trial.revision = revision_;
  changed->create_revision = row ? row->create_revision : revision_;
  row = std::move(changed);
  return OkStatus();
}

Status MemoryWriter::UpdateTrialState(const Trial& trial) {
  const auto it = tables_->trials.find({trial.sweep, trial.id});
  if (it == tables_->trials.end()) return NotFound(TrialNameOf(trial.sweep, trial.id) + " is not there");
  Trial changed = it->second->trial;
  changed.state = trial.state;
  changed.reason = trial.reason;
  return PutTrial(changed);
}

Status MemoryWriter::CreateStage(const Stage& stage) {
  if (tables_->stages.contains(stage.key)) return StageExists(stage.key);
  WINNOW_RETURN_IF_ERROR(NeedArtifact(stage.pretrained));
  if (stage.resume) WINNOW_RETURN_IF_ERROR(NeedArtifact(stage.resume->digest));
  for (const std::string& parent : stage.parents) WINNOW_RETURN_IF_ERROR(NeedStage(parent));
  MemoryTables& tables = Own();
  auto row = std::make_shared<MemoryTables::StageRow>();
  row->id = ++tables.last_stage_id;
  row->stage = stage;
  row->stage.artifacts.clear();
  row->stage.revision = revision_;
  tables.stages[stage.key] = std::move(row);
  return OkStatus();
}

Status MemoryWriter::UpdateStage(const Stage& stage) {
  WINNOW_RETURN_IF_ERROR(NeedStage(stage.key));
  const StageState before = tables_->stages.at(stage.key)->stage.state;
  WINNOW_RETURN_IF_ERROR(CheckMove(stage.key, before, stage.state));
  if (stage.resume) WINNOW_RETURN_IF_ERROR(NeedArtifact(stage.resume->digest));
  ChangeStage(stage.key, [&](Stage& row) {
    row.memory_bytes = stage.memory_bytes;
    row.max_attempts = stage.max_attempts;
    row.state = stage.state;
    row.reason = stage.reason;
    row.attempt = stage.attempt;
    row.failed_attempts = stage.failed_attempts;
    row.worker = stage.worker;
    row.token = stage.token;
    row.resume = stage.resume;
    row.start_time = stage.start_time;
    row.end_time = stage.end_time;
    row.result_json = stage.result_json;
    row.numerics_class = stage.numerics_class;
    row.labels = stage.labels;
  });
  if (before == stage.state) return OkStatus();
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<StagePlace> places, PlacesOfStage(stage.key));
  for (const StagePlace& place : places) {
    ChangeSweep(place.sweep, [&](Sweep& sweep) {
      --sweep.stage_counts[before];
      ++sweep.stage_counts[stage.state];
    });
  }
  return OkStatus();
}

Status MemoryWriter::PlaceStage(const std::string& key, const StagePlace& place) {
  WINNOW_RETURN_IF_ERROR(NeedSweep(place.sweep));
  WINNOW_RETURN_IF_ERROR(NeedStage(key));
  MemoryTables::Row<MemoryTables::Places>& row = Own().places[place.sweep];
  auto places = row ? std::make_shared<MemoryTables::Places>(*row) : std::make_shared<MemoryTables::Places>();
  const auto [it, is_new] = places->insert({key, {.position = place.position, .create_revision = revision_}});
  if (!is_new && it->second.position == place.position) return OkStatus();
  it->second.position = place.position;
  row = std::move(places);
  if (is_new) {
    const StageState state = tables_->stages.at(key)->stage.state;
    ChangeSweep(place.sweep, [&](Sweep& sweep) { ++sweep.stage_counts[state]; });
  }
  ChangeStage(key, [](Stage&) {});
  return OkStatus();
}

Status MemoryWriter::PutAttempt(const Attempt& attempt) {
  WINNOW_RETURN_IF_ERROR(NeedStage(attempt.stage));
  Own().attempts[{attempt.stage, attempt.number}] = std::make_shared<const Attempt>(attempt);
  return OkStatus();
}

Status MemoryWriter::PutMeasurements(const std::string& stage, std::span<const Measurement> measurements) {
  WINNOW_RETURN_IF_ERROR(NeedStage(stage));
  if (measurements.empty()) return OkStatus();
  MemoryTables::Row<MemoryTables::Measurements>& row = Own().measurements[stage];
  auto changed = row ? std::make_shared<MemoryTables::Measurements>(*row)  //
                     : std::make_shared<MemoryTables::Measurements>();
  for (const Measurement& measurement : measurements) {
    (*changed)[{measurement.name, measurement.step}] = measurement.value;
  }
  row = std::move(changed);
  return OkStatus();
}

Status MemoryWriter::DropMeasurementsAfter(const std::string& stage, int64_t step) {
  WINNOW_RETURN_IF_ERROR(NeedStage(stage));
  if (!tables_->measurements.contains(stage)) return OkStatus();
  MemoryTables::Row<MemoryTables::Measurements>& row = Own().measurements[stage];
  auto changed = std::make_shared<MemoryTables::Measurements>(*row);
  std::erase_if(*changed, [&](const auto& entry) { return entry.first.second > step || entry.first.second == 0; });
  row = std::move(changed);
  return OkStatus();
}

Status MemoryWriter::PutArtifact(const Artifact& artifact) {
  Own().artifacts[artifact.digest] = artifact;
  return OkStatus();
}

Status MemoryWriter::LinkArtifact(const std::string& stage, const StageArtifact& artifact) {
  WINNOW_RETURN_IF_ERROR(NeedStage(stage));
  WINNOW_RETURN_IF_ERROR(NeedArtifact(artifact.digest));
  ChangeStage(stage, [&](Stage& row) {
    std::erase_if(row.artifacts, [&](const StageArtifact& other) { return other.role == artifact.role; });
    row.artifacts.push_back(artifact);
    std::sort(row.artifacts.begin(), row.artifacts.end(),
              [](const StageArtifact& a, const StageArtifact& b) { return a.role < b.role; });
  });
  return OkStatus();
}

bool MemoryWriter::IsUsed(const std::string& digest) const {
  return std::any_of(tables_->stages.begin(), tables_->stages.end(), [&](const auto& entry) {
    const Stage& stage = entry.second->stage;
    return stage.pretrained == digest || (stage.resume && stage.resume->digest == digest) ||
           std::any_of(stage.artifacts.begin(), stage.artifacts.end(),
                       [&](const StageArtifact& artifact) { return artifact.digest == digest; });
  });
}

Result<std::vector<std::string>> MemoryWriter::ForgetUnusedArtifacts(WallTime uploaded_before) {
  std::vector<std::string> forgotten;
  for (const auto& [digest, artifact] : tables_->artifacts) {
    if (artifact.upload_time < uploaded_before && !IsUsed(digest)) forgotten.push_back(digest);
  }
  for (const std::string& digest : forgotten) Own().artifacts.erase(digest);
  return forgotten;
}

Result<bool> MemoryWriter::ForgetArtifactIfUnused(const std::string& digest) {
  if (!tables_->artifacts.contains(digest) || IsUsed(digest)) return false;
  return Own().artifacts.erase(digest) > 0;
}

Status MemoryWriter::PutWorker(const WorkerRecord& worker) {
  Own().workers[worker.id] = std::make_shared<const WorkerRecord>(worker);
  return OkStatus();
}

Status MemoryWriter::RemoveWorker(const std::string& id) {
  if (!tables_->workers.contains(id)) return NotFound(WorkerName(id) + " is not there");
  Own().workers.erase(id);
  return OkStatus();
}

Status MemoryWriter::PutRefusedReport(const RefusedReport& report) {
  auto& reports = Own().refused_reports;
  reports.push_back(std::make_shared<const RefusedReport>(report));
  if (reports.size() > static_cast<size_t>(kRefusedReportsKept)) reports.pop_front();
  return OkStatus();
}

Status MemoryWriter::PutRequest(const RequestRecord& record) {
  const WallTime now = clock_.WallNow();
  std::erase_if(Own().requests, [&](const auto& entry) { return entry.second->create_time <= now - kRequestLifetime; });
  if (tables_->requests.contains(record.request_id)) return RequestExists(record.request_id);
  Own().requests[record.request_id] =
      std::make_shared<const MemoryTables::RequestRow>(MemoryTables::RequestRow{.record = record, .create_time = now});
  return OkStatus();
}

}  // namespace winnow::server
