// One function a command: adds it to the command line. When it is chosen, its parsed options end up in context.chosen.
#ifndef CLIENT_CLI_COMMANDS_COMMANDS_H_
#define CLIENT_CLI_COMMANDS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "client/cli/command_context.h"
#include "client/cli/output_format.h"

namespace winnow::cli {

// Of these, `context` must outlive `app`.
void AddRun(CLI::App& app, CommandContext& context);
void AddSubmit(CLI::App& app, CommandContext& context);
void AddList(CLI::App& app, CommandContext& context);
void AddStatus(CLI::App& app, CommandContext& context);
void AddWatch(CLI::App& app, CommandContext& context);
void AddLogs(CLI::App& app, CommandContext& context);
void AddResults(CLI::App& app, CommandContext& context);
void AddPareto(CLI::App& app, CommandContext& context);
void AddExport(CLI::App& app, CommandContext& context);
void AddArtifact(CLI::App& app, CommandContext& context);
void AddCancel(CLI::App& app, CommandContext& context);
void AddPause(CLI::App& app, CommandContext& context);
void AddResume(CLI::App& app, CommandContext& context);
void AddStop(CLI::App& app, CommandContext& context);
void AddRetry(CLI::App& app, CommandContext& context);
void AddWorkers(CLI::App& app, CommandContext& context);
void AddDrain(CLI::App& app, CommandContext& context);
void AddBench(CLI::App& app, CommandContext& context);
void AddInfer(CLI::App& app, CommandContext& context);
void AddData(CLI::App& app, CommandContext& context);
void AddSpec(CLI::App& app, CommandContext& context);
void AddCompletion(CLI::App& app, CommandContext& context);
void AddVersion(CLI::App& app, CommandContext& context);

// --format table|json|csv into `format`.
void AddFormatOption(CLI::App& command, OutputFormat& format);

// The example below the help: "Example:\n  winnow ...\n".
void SetExample(CLI::App& command, const std::string& lines);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_COMMANDS_COMMANDS_H_
