#include "server/store/sqlite_rows.h"

#include <stdexcept>

#include "base/json.h"

namespace winnow::server {
namespace {

// A kind that this release does not know can only come from damage: the schema's version has been checked.
spec::StageKind ReadKind(const std::string& name) {
  const std::optional<spec::StageKind> kind = spec::FindStageKind(name);
  if (!kind) throw std::runtime_error("the database has a stage of the unknown kind \"" + name + "\"");
  return *kind;
}

// What we wrote ourselves; text that is none of it (a damaged file) counts as empty.
Json ReadJson(const std::string& text) {
  Result<Json> value = ParseJson(text);
  return value ? *std::move(value) : Json();
}

constexpr char kNoLabels[] = "{}";

std::map<std::string, std::string> ReadLabels(const std::string& text) {
  std::map<std::string, std::string> labels;
  if (text == kNoLabels) return labels;  // as nearly always
  const Json json = ReadJson(text);
  for (const auto& [name, value] : json.items()) {
    if (value.is_string()) labels[name] = value.get<std::string>();
  }
  return labels;
}

void ReadStageVersions(const Json& json, WorkerRecord& worker) {
  for (const auto& [name, version] : json.items()) {
    const std::optional<spec::StageKind> kind = spec::FindStageKind(name);
    if (kind && version.is_number_integer()) worker.stage_versions[*kind] = version.get<int>();
  }
}

}  // namespace

Sweep ReadSweep(SqliteQuery& row) {
  Sweep sweep;
  sweep.order = row.Integer();
  sweep.id = row.Text();
  sweep.description = row.Text();
  sweep.state = row.Enum<SweepState>();
  sweep.reason = row.Text();
  sweep.priority = static_cast<int>(row.Integer());
  sweep.create_time = row.Time();
  sweep.end_time = row.OptionalTime();
  sweep.trial_count = static_cast<int>(row.Integer());
  sweep.stage_total = static_cast<int>(row.Integer());
  sweep.stage_reused = static_cast<int>(row.Integer());
  sweep.stage_unshared = static_cast<int>(row.Integer());
  sweep.fingerprint = row.Text();
  sweep.fingerprint_json = row.Text();
  sweep.awaits_fingerprint = row.Boolean();
  sweep.revision = row.Integer();
  sweep.hold = row.Enum<SweepHold>();
  sweep.user = row.Text();
  return sweep;
}

Trial ReadTrial(SqliteQuery& row) {
  Trial trial;
  trial.sweep = row.Text();
  trial.id = row.Text();
  trial.position = static_cast<int>(row.Integer());
  trial.state = row.Enum<TrialState>();
  trial.reason = row.Text();
  trial.tile_size = static_cast<int>(row.Integer());
  trial.spatial_rate = row.OptionalReal();
  trial.winograd_rate = row.OptionalReal();
  trial.method = row.Text();
  trial.net = row.Text();
  trial.evaluate = row.Text();
  trial.benchmark = row.Text();
  trial.dense_evaluate = row.Text();
  trial.dense_benchmark = row.Text();
  trial.trained_on_evaluate = row.Text();
  trial.seed = row.OptionalInteger();
  trial.images = row.Text();
  trial.revision = row.Integer();
  return trial;
}

StageRow ReadStage(SqliteQuery& row) {
  StageRow result;
  result.id = row.Integer();
  Stage& stage = result.stage;
  stage.key = row.Text();
  stage.kind = ReadKind(row.Text());
  stage.version = static_cast<int>(row.Integer());
  stage.label = row.Text();
  stage.threads = static_cast<int>(row.Integer());
  stage.exclusive = row.Boolean();
  stage.data_set = row.Text();
  stage.data_digest = row.Text();
  stage.pretrained = row.Text();
  stage.fingerprint = row.Text();
  stage.memory_bytes = row.Integer();
  stage.max_attempts = static_cast<int>(row.Integer());
  stage.state = row.Enum<StageState>();
  stage.reason = row.Text();
  stage.attempt = static_cast<int>(row.Integer());
  stage.failed_attempts = static_cast<int>(row.Integer());
  stage.worker = row.Text();
  stage.token = row.Text();
  const std::string resume_digest = row.Text();
  const std::optional<int64_t> resume_epoch = row.OptionalInteger();
  if (!resume_digest.empty()) stage.resume = ResumePoint{.digest = resume_digest, .epoch = resume_epoch.value_or(0)};
  stage.start_time = row.OptionalTime();
  stage.end_time = row.OptionalTime();
  stage.numerics_class = row.Text();
  stage.revision = row.Integer();
  stage.parameters_json = row.Text();
  stage.labels = ReadLabels(row.Text());
  return result;
}

PlaceRow ReadPlace(SqliteQuery& row) {
  PlaceRow result;
  result.sweep = row.Integer();
  result.place.sweep = row.Text();
  result.place.position = row.Integer();
  return result;
}

Attempt ReadAttempt(SqliteQuery& row) {
  Attempt attempt;
  attempt.number = static_cast<int>(row.Integer());
  attempt.worker = row.Text();
  attempt.token = row.Text();
  attempt.state = row.Enum<AttemptState>();
  attempt.start_time = row.Time();
  attempt.end_time = row.OptionalTime();
  attempt.code = row.Text();
  attempt.message = row.Text();
  attempt.last_lines = row.Text();
  attempt.numerics_class = row.Text();
  return attempt;
}

Artifact ReadArtifact(SqliteQuery& row) {
  Artifact artifact;
  artifact.digest = row.Text();
  artifact.size_bytes = row.Integer();
  artifact.upload_time = row.Time();
  return artifact;
}

WorkerRecord ReadWorker(SqliteQuery& row) {
  WorkerRecord worker;
  worker.id = row.Text();
  worker.instance = row.Text();
  worker.host_id = row.Text();
  worker.threads = static_cast<int>(row.Integer());
  worker.memory_bytes = row.Integer();
  worker.isa = row.Text();
  worker.numerics_class = row.Text();
  worker.fingerprint = row.Text();
  worker.fingerprint_json = row.Text();
  ReadStageVersions(ReadJson(row.Text()), worker);
  for (const Json& set : ReadJson(row.Text())) {
    worker.data_sets.push_back({.name = set.value("name", ""), .digest = set.value("digest", "")});
  }
  worker.labels = ReadLabels(row.Text());
  worker.register_time = row.Time();
  worker.last_seen_time = row.Time();
  worker.draining = row.Boolean();
  return worker;
}

std::string StageVersionsJson(const WorkerRecord& worker) {
  Json json = Json::object();
  for (const auto& [kind, version] : worker.stage_versions) json[std::string(spec::StageKindName(kind))] = version;
  return DumpJson(json);
}

std::string DataSetsJson(const WorkerRecord& worker) {
  Json json = Json::array();
  for (const WorkerDataSet& set : worker.data_sets) json.push_back({{"name", set.name}, {"digest", set.digest}});
  return DumpJson(json);
}

std::string LabelsJson(const std::map<std::string, std::string>& labels) {
  return labels.empty() ? kNoLabels : DumpJson(Json(labels));
}

}  // namespace winnow::server
