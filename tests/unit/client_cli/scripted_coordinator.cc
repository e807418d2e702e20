#include "tests/unit/client_cli/scripted_coordinator.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "base/durable_file.h"
#include "base/json.h"
#include "base/sha256.h"

namespace winnow::testing {
namespace {

template <typename Message>
Status Read(const Json& json, const std::string& place, Message* message) {
  const auto status = google::protobuf::util::JsonStringToMessage(json.dump(), message);
  return status.ok() ? OkStatus() : InvalidArgument(place + ": " + std::string(status.message()));
}

template <typename Message>
Status ReadList(const Json& json, const std::string& place, std::vector<Message>* list) {
  for (const Json& element : json) WINNOW_RETURN_IF_ERROR(Read(element, place, &list->emplace_back()));
  return OkStatus();
}

template <typename Value, typename ReadValue>
Status ReadMap(const Json& json, std::map<std::string, Value>* map, ReadValue read) {
  for (const auto& [name, content] : json.items()) WINNOW_RETURN_IF_ERROR(read(content, name, &(*map)[name]));
  return OkStatus();
}

Status ReadResults(const Json& json, const std::string& place, client::SweepResults* results) {
  WINNOW_RETURN_IF_ERROR(ReadList(json.value("trials", Json::array()), place, &results->trials));
  return ReadList(json.value("dense_benchmark", Json::array()), place, &results->dense_benchmark);
}

Status ReadText(const Json& json, const std::string& place, std::string* text) {
  if (!json.is_string()) return InvalidArgument(place + ": expected a string");
  *text = json.get<std::string>();
  return OkStatus();
}

template <typename Message>
Result<Message> FindByName(const std::vector<Message>& list, const std::string& name) {
  const auto it = std::find_if(list.begin(), list.end(), [&](const Message& m) { return m.name() == name; });
  if (it == list.end()) return Err(NotFound("there is no " + name));
  return *it;
}

}  // namespace

Result<std::unique_ptr<CoordinatorScript>> CoordinatorScript::Parse(const std::string& text) {
  WINNOW_ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  auto script = std::make_unique<CoordinatorScript>();
  const Json none = Json::object();
  const auto at = [&](const char* name) { return json.contains(name) ? json[name] : none; };
  const auto stages = [](const Json& j, const std::string& n, auto* v) { return ReadList(j, n, v); };
  WINNOW_RETURN_ERR_IF_ERROR(Read(at("server"), "server", &script->server));
  WINNOW_RETURN_ERR_IF_ERROR(ReadList(at("sweeps"), "sweeps", &script->sweeps));
  WINNOW_RETURN_ERR_IF_ERROR(ReadList(at("trials"), "trials", &script->trials));
  WINNOW_RETURN_ERR_IF_ERROR(ReadList(at("workers"), "workers", &script->workers));
  WINNOW_RETURN_ERR_IF_ERROR(ReadMap(at("stages"), &script->stages, stages));
  WINNOW_RETURN_ERR_IF_ERROR(ReadMap(at("watches"), &script->watches, stages));
  WINNOW_RETURN_ERR_IF_ERROR(ReadMap(at("results"), &script->results, ReadResults));
  WINNOW_RETURN_ERR_IF_ERROR(ReadMap(at("logs"), &script->logs, ReadText));
  std::map<std::string, std::string> contents;
  WINNOW_RETURN_ERR_IF_ERROR(ReadMap(at("artifacts"), &contents, ReadText));
  for (const auto& [label, bytes] : contents) script->artifacts["artifacts/sha256-" + Sha256Hex(bytes)] = bytes;
  return script;
}

Result<v1::CreateSweepResponse> ScriptedCoordinator::CreateSweep(const std::string& spec_json, const std::string&,
                                                                 bool validate_only) {
  WINNOW_ASSIGN_OR_RETURN(const Json spec, ParseJson(spec_json));
  v1::Sweep sweep;
  sweep.set_name("sweeps/" + spec.at("name").get<std::string>());
  sweep.set_spec_json(spec_json);
  sweep.set_state(v1::SWEEP_STATE_RUNNING);
  sweep.set_trial_count(1);
  sweep.set_stage_total(4);
  sweep.set_stage_reused(1);
  sweep.set_stage_unshared(9);
  sweep.set_priority(spec.value("priority", 0));
  script_->calls.push_back(std::string(validate_only ? "Validate " : "CreateSweep ") + sweep.name());
  v1::CreateSweepResponse response;
  if (FindByName(script_->sweeps, sweep.name())) {
    v1::SweepComparison& comparison = *response.mutable_comparison();
    comparison.set_earlier(sweep.name());
    comparison.add_reused_trials("f4-s30-w50");
    for (int i = 1; i <= 6; ++i) comparison.add_new_trials("f4-s30-w6" + std::to_string(i));
    comparison.add_conflicting_trials("f2-s30-w60");
  }
  *response.mutable_sweep() = sweep;
  if (!validate_only) script_->sweeps.insert(script_->sweeps.begin(), std::move(sweep));
  return response;
}

Result<v1::Sweep> ScriptedCoordinator::GetSweep(const std::string& name) { return FindByName(script_->sweeps, name); }

Result<std::vector<v1::Sweep>> ScriptedCoordinator::ListSweeps(size_t most) {
  std::vector<v1::Sweep> sweeps = script_->sweeps;
  if (most != 0 && sweeps.size() > most) sweeps.resize(most);
  for (v1::Sweep& sweep : sweeps) sweep.clear_spec_json();
  return sweeps;
}

Result<v1::Sweep> ScriptedCoordinator::CancelSweep(const std::string& name) {
  script_->calls.push_back("CancelSweep " + name);
  WINNOW_ASSIGN_OR_RETURN(v1::Sweep sweep, FindByName(script_->sweeps, name));
  sweep.set_state(v1::SWEEP_STATE_CANCELLING);
  return sweep;
}

Result<v1::Sweep> ScriptedCoordinator::PauseSweep(const std::string& name) {
  script_->calls.push_back("PauseSweep " + name);
  WINNOW_ASSIGN_OR_RETURN(v1::Sweep sweep, FindByName(script_->sweeps, name));
  sweep.set_paused(true);
  return sweep;
}

Result<v1::Sweep> ScriptedCoordinator::ResumeSweep(const std::string& name) {
  script_->calls.push_back("ResumeSweep " + name);
  return FindByName(script_->sweeps, name);
}

Result<v1::Sweep> ScriptedCoordinator::StopSweep(const std::string& name) {
  script_->calls.push_back("StopSweep " + name);
  WINNOW_ASSIGN_OR_RETURN(v1::Sweep sweep, FindByName(script_->sweeps, name));
  sweep.set_stopping(true);
  return sweep;
}

Result<v1::RetrySweepResponse> ScriptedCoordinator::RetrySweep(const std::string& name, v1::RetryScope scope) {
  script_->calls.push_back("RetrySweep " + name + " " + v1::RetryScope_Name(scope));
  v1::RetrySweepResponse response;
  WINNOW_ASSIGN_OR_RETURN(*response.mutable_sweep(), FindByName(script_->sweeps, name));
  response.mutable_sweep()->set_state(v1::SWEEP_STATE_RUNNING);
  response.set_retried_stages(scope == v1::RETRY_SCOPE_FAILED ? 1 : 3);
  return response;
}

Result<v1::Worker> ScriptedCoordinator::DrainWorker(const std::string& name, bool drain) {
  script_->calls.push_back(std::string(drain ? "Drain " : "Undrain ") + name);
  WINNOW_ASSIGN_OR_RETURN(v1::Worker worker, FindByName(script_->workers, name));
  worker.set_draining(drain);
  return worker;
}

Status ScriptedCoordinator::WatchSweep(const std::string& name, const Taker<v1::WatchSweepResponse>& take) {
  const auto it = script_->watches.find(name);
  if (it != script_->watches.end()) {
    for (const v1::WatchSweepResponse& message : it->second) {
      for (v1::Sweep& sweep : script_->sweeps) {
        if (sweep.name() == name) sweep.MergeFrom(message.sweep());
      }
      if (!take(message)) return OkStatus();
    }
  }
  std::unique_lock lock(mutex_);
  if (script_->watches_hang) interrupted_changed_.wait(lock, [this] { return interrupted_; });
  return interrupted_ ? Cancelled("interrupted") : OkStatus();
}

Result<v1::Stage> ScriptedCoordinator::GetStage(const std::string& name) {
  for (const auto& [sweep, stages] : script_->stages) {
    if (auto found = FindByName(stages, name)) return found;
  }
  return Err(NotFound("there is no " + name));
}

Result<std::vector<v1::Stage>> ScriptedCoordinator::ListStages(const std::string& sweep) {
  WINNOW_RETURN_ERR_IF_ERROR(StatusOf(GetSweep(sweep)));
  return script_->stages[sweep];
}

Status ScriptedCoordinator::ReadStageLog(const std::string& stage, int attempt, int64_t offset, bool follow,
                                         const Taker<v1::ReadStageLogResponse>& take) {
  const auto it = script_->logs.find(stage);
  if (it == script_->logs.end()) return NotFound("there is no log of " + stage);
  const std::string content = it->second.substr(std::min(static_cast<size_t>(offset), it->second.size()));
  // In two pieces that do not end with a line, as streams may.
  const size_t half = content.size() / 2;
  for (const std::string& piece : {content.substr(0, half), content.substr(half)}) {
    v1::ReadStageLogResponse response;
    response.set_attempt(std::max(attempt, 1));
    response.set_offset(offset);
    response.set_content(piece);
    offset += static_cast<int64_t>(piece.size());
    if (!take(response)) break;
  }
  return OkStatus();
}

Result<v1::Trial> ScriptedCoordinator::GetTrial(const std::string& name) { return FindByName(script_->trials, name); }

Result<client::SweepResults> ScriptedCoordinator::ListResults(const std::string& sweep) {
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep found, GetSweep(sweep));
  if (!script_->results_of) return script_->results[sweep];
  WINNOW_ASSIGN_OR_RETURN(const Json spec, ParseJson(found.spec_json()));
  return script_->results_of(spec);
}

Result<v1::Artifact> ScriptedCoordinator::GetArtifact(const std::string& name) {
  const auto it = script_->artifacts.find(name);
  if (it == script_->artifacts.end()) return Err(NotFound("there is no " + name));
  v1::Artifact artifact;
  artifact.set_name(name);
  artifact.set_size_bytes(static_cast<int64_t>(it->second.size()));
  return artifact;
}

Status ScriptedCoordinator::DownloadArtifact(const std::string& name, const std::filesystem::path& path) {
  script_->calls.push_back("DownloadArtifact " + name);
  WINNOW_RETURN_IF_ERROR(StatusOf(GetArtifact(name)));
  return WriteFileDurably(path, script_->artifacts.at(name));
}

Result<v1::Artifact> ScriptedCoordinator::UploadArtifact(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path));
  const std::string name = "artifacts/sha256-" + Sha256Hex(bytes);
  script_->calls.push_back("UploadArtifact " + name);
  script_->artifacts[name] = bytes;
  return GetArtifact(name);
}

void ScriptedCoordinator::Interrupt() {
  std::lock_guard lock(mutex_);
  interrupted_ = true;
  interrupted_changed_.notify_all();
}

cli::Connect ConnectTo(CoordinatorScript* script) {
  return [script](const cli::ConnectRequest&) -> Result<std::unique_ptr<cli::Coordinator>> {
    if (!script->connect.ok()) return Err(script->connect);
    return std::make_unique<ScriptedCoordinator>(script);
  };
}

}  // namespace winnow::testing
