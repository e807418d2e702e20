#include "client/cli/state_text.h"

#include <algorithm>
#include <cctype>

namespace winnow::cli {
namespace {

std::string Lower(std::string name, size_t prefix) {
  // A value that this program's version does not know has no name.
  if (name.size() <= prefix) return "unknown";
  name.erase(0, prefix);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

}  // namespace

// The size of each literal counts its final zero in place of the underscore.
std::string StateText(v1::SweepState state) { return Lower(v1::SweepState_Name(state), sizeof("SWEEP_STATE")); }
std::string StateText(v1::StageState state) { return Lower(v1::StageState_Name(state), sizeof("STAGE_STATE")); }
std::string StateText(v1::TrialState state) { return Lower(v1::TrialState_Name(state), sizeof("TRIAL_STATE")); }
std::string StateText(v1::WorkerState state) { return Lower(v1::WorkerState_Name(state), sizeof("WORKER_STATE")); }
std::string KindText(v1::StageKind kind) { return Lower(v1::StageKind_Name(kind), sizeof("STAGE_KIND")); }

std::string StateText(const v1::Sweep& sweep) {
  if (sweep.paused()) return "paused";
  return sweep.stopping() ? "stopping" : StateText(sweep.state());
}

std::string StateText(const v1::Worker& worker) {
  if (worker.state() != v1::WORKER_STATE_ALIVE) return StateText(worker.state());
  if (worker.draining()) return "draining";
  return worker.excluded_because().empty() ? StateText(worker.state()) : "excluded";
}

bool HasEnded(v1::SweepState state) {
  return state == v1::SWEEP_STATE_SUCCEEDED || state == v1::SWEEP_STATE_FAILED || state == v1::SWEEP_STATE_CANCELLED;
}

bool HasEnded(v1::StageState state) {
  return state == v1::STAGE_STATE_SUCCEEDED || state == v1::STAGE_STATE_FAILED || state == v1::STAGE_STATE_CANCELLED;
}

std::string Coloured(const Terminal& terminal, const std::string& state) {
  if (state == "succeeded" || state == "alive") return terminal.Green(state);
  if (state == "failed") return terminal.Red(state);
  if (state == "running" || state == "cancelling") return terminal.Yellow(state);
  return terminal.Dim(state);
}

}  // namespace winnow::cli
