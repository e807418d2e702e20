// The command line of winnow-worker.
#ifndef WORKER_AGENT_COMMAND_LINE_H_
#define WORKER_AGENT_COMMAND_LINE_H_

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "worker/agent/worker_agent.h"

namespace winnow::worker {

// What the program's exit codes mean; the same as the CLI's.
inline constexpr int kExitOk = 0;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitUnavailable = 4;
inline constexpr int kExitInterrupted = 130;

struct CommandLine {
  AgentOptions agent;
  int lifeline = -1;  // a descriptor, or -1
  std::string log_level = "info";
};

// What to do: run the agent, or print a text and end.
struct ParsedCommandLine {
  std::optional<CommandLine> run;
  std::string text;  // help or version
};

// kInvalidArgument names the option and what it takes.
Result<ParsedCommandLine> ParseCommandLine(const std::vector<std::string>& arguments);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_COMMAND_LINE_H_
