#include "tests/chaos/final_state.h"

#include <chrono>
#include <map>

#include "base/sha256.h"
#include "client/lib/artifact_client.h"
#include "client/lib/client.h"

namespace winnow::chaos {
namespace {

constexpr client::CallPolicy kPatient{std::chrono::seconds(60), std::chrono::minutes(5), nullptr};

std::string StateName(v1::StageState state) { return v1::StageState_Name(state).substr(sizeof "STAGE_STATE_" - 1); }
std::string StateName(v1::SweepState state) { return v1::SweepState_Name(state).substr(sizeof "SWEEP_STATE_" - 1); }

bool IsWhole(client::Connection& connection, const std::string& name) {
  grpc::ClientContext context;
  connection.PrepareContext(context, std::chrono::seconds(60));
  v1::ReadArtifactRequest request;
  request.set_name(name);
  const auto reader = connection.stubs().artifacts->ReadArtifact(&context, request);
  v1::ReadArtifactResponse message;
  Sha256 hash;
  while (reader->Read(&message)) hash.Update(message.content());
  return reader->Finish().ok() && client::ArtifactName(hash.FinishHex()) == name;
}

class Reading {
 public:
  explicit Reading(client::Connection& connection) : connection_(connection), client_(&connection, kPatient) {}

  Result<FinalState> Run() {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Sweep> sweeps, client_.ListSweeps());
    for (const v1::Sweep& sweep : sweeps) {
      final_.sweeps[sweep.name()] = StateName(sweep.state());
      WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Stage> stages, client_.ListStages(sweep.name()));
      for (const v1::Stage& stage : stages) WINNOW_RETURN_ERR_IF_ERROR(Add(stage));
    }
    return std::move(final_);
  }

 private:
  Status Add(const v1::Stage& stage) {
    const auto [it, is_new] = final_.stages.try_emplace(stage.name().substr(stage.name().rfind('/') + 1));
    if (!is_new) return OkStatus();
    FinalStage& read = it->second;
    read.state = StateName(stage.state());
    read.result_json = stage.result_json();
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<v1::Measurement> measurements,
                                   client_.ListMeasurements(stage.name()));
    for (const v1::Measurement& m : measurements) read.measured[{m.name(), m.step()}] = m.value();
    for (const v1::StageArtifact& artifact : stage.artifacts()) {
      const auto [whole, unread] = whole_.try_emplace(artifact.artifact(), true);
      if (unread) whole->second = IsWhole(connection_, artifact.artifact());
      read.artifacts_whole &= whole->second;
    }
    return OkStatus();
  }

  client::Connection& connection_;
  client::Client client_;
  std::map<std::string, bool> whole_;  // artifacts, by name
  FinalState final_;
};

}  // namespace

Result<FinalState> ReadFinalState(client::Connection& connection) { return Reading(connection).Run(); }

}  // namespace winnow::chaos
