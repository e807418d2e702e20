// The API's enum values as users see them: lower case, without their prefix ("SWEEP_STATE_RUNNING" -> "running").
#ifndef CLIENT_CLI_STATE_TEXT_H_
#define CLIENT_CLI_STATE_TEXT_H_

#include <string>

#include "client/cli/coordinator.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

std::string StateText(v1::SweepState state);
std::string StateText(v1::StageState state);
std::string StateText(v1::TrialState state);
std::string StateText(v1::WorkerState state);
// With what was said of it: "paused" and "stopping" of a running one; "draining" and "excluded" of one that is alive.
std::string StateText(const v1::Sweep& sweep);
std::string StateText(const v1::Worker& worker);
std::string KindText(v1::StageKind kind);

bool HasEnded(v1::SweepState state);
bool HasEnded(v1::StageState state);

// A state's text in its colour: green for succeeded and alive, red for failed, yellow for what is being done, dim for
// what waits or is gone.
std::string Coloured(const Terminal& terminal, const std::string& state);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_STATE_TEXT_H_
