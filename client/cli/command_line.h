// The command line as a whole: its commands, and what happens to one from words to exit code.
#ifndef CLIENT_CLI_COMMAND_LINE_H_
#define CLIENT_CLI_COMMAND_LINE_H_

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "client/cli/command_context.h"

namespace winnow::cli {

// All commands and their options. `context` must outlive it.
std::unique_ptr<CLI::App> MakeCommandLine(CommandContext& context);

// Runs `winnow ARGUMENTS...`. An error is one line on context.err: what, where, remedy (several lines for a spec with
// several faults).
int RunCommandLine(const std::vector<std::string>& arguments, CommandContext& context);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_COMMAND_LINE_H_
