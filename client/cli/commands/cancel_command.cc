#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "client/cli/state_text.h"
#include "client/cli/sweep_view.h"

namespace winnow::cli {
namespace {

struct CancelOptions {
  ConnectionOptions connection;
  std::string sweep;
};

Result<ExitCode> RunCancel(const CancelOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.sweep));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep sweep, session->coordinator().CancelSweep(name));
  *context.out << ShownName(sweep.name()) << ": " << StateText(sweep.state()) << " ("
               << CountsText(sweep.stage_counts()) << ")\n";
  return kExitOk;
}

}  // namespace

void AddCancel(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("cancel", "Stop a sweep; its results stay, and stages that other sweeps need go on");
  const auto options = std::make_shared<CancelOptions>();
  command->add_option("SWEEP", options->sweep, "Name of the sweep")->type_name("")->required();
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow cancel fashion-mnist\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunCancel(*options, context); }; });
}

}  // namespace winnow::cli
