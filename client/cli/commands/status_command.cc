#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "client/cli/sweep_view.h"

namespace winnow::cli {
namespace {

struct StatusOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
  std::string sweep;
};

Result<ExitCode> RunStatus(const StatusOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.sweep));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep sweep, session->coordinator().GetSweep(name));
  WINNOW_ASSIGN_OR_RETURN(const auto stages, session->coordinator().ListStages(name));
  *context.out << StatusText(sweep, stages, options.format, context.out_terminal());
  return kExitOk;
}

}  // namespace

void AddStatus(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("status", "Show a sweep and its stages");
  const auto options = std::make_shared<StatusOptions>();
  command->add_option("SWEEP", options->sweep, "Name of the sweep, as `winnow list` shows it")
      ->type_name("")
      ->required();
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow status fashion-mnist\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunStatus(*options, context); }; });
}

}  // namespace winnow::cli
