#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "client/cli/state_text.h"
#include "client/cli/watch_sweep.h"
#include "spec/parse.h"

namespace winnow::cli {
namespace {

struct WatchOptions {
  ConnectionOptions connection;
  std::string sweep;
};

Result<ExitCode> RunWatch(const WatchOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.sweep));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep before, session->coordinator().GetSweep(name));
  if (!HasEnded(before.state())) WINNOW_RETURN_ERR_IF_ERROR(session->CheckSomebodyWorks());
  WatchRequest request;
  request.sweep = name;
  if (const auto spec = spec::ParseSweepSpec(before.spec_json())) {
    request.data_set = spec->data.name;
    request.data_digest = spec->data.digest;
  }
  WINNOW_ASSIGN_OR_RETURN(const WatchOutcome outcome, WatchToEnd(*session, context, request));
  *context.out << EndLine(outcome) << "\n";
  return outcome.sweep.state() == v1::SWEEP_STATE_SUCCEEDED ? kExitOk : kExitFailed;
}

}  // namespace

void AddWatch(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("watch", "Show a sweep's progress until it has ended");
  const auto options = std::make_shared<WatchOptions>();
  command->add_option("SWEEP", options->sweep, "Name of the sweep")->type_name("")->required();
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow watch fashion-mnist\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunWatch(*options, context); }; });
}

}  // namespace winnow::cli
