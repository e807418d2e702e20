// Commands that say how a sweep or a worker is to go on: pause, resume, stop, retry, drain.
#include <functional>
#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "client/cli/state_text.h"
#include "client/cli/sweep_view.h"

namespace winnow::cli {
namespace {

struct ControlOptions {
  ConnectionOptions connection;
  std::string name;
  bool failed = false;
  bool missing = false;
  bool undo = false;
};

using Control = std::function<Result<v1::Sweep>(Coordinator&, const std::string& name)>;

void PrintSweep(const v1::Sweep& sweep, const std::string& more, const CommandContext& context) {
  *context.out << ShownName(sweep.name()) << ": " << StateText(sweep) << " (" << CountsText(sweep.stage_counts()) << ")"
               << more << "\n";
}

Result<ExitCode> RunControl(const ControlOptions& options, const Control& control, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.name));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep sweep, control(session->coordinator(), name));
  PrintSweep(sweep, "", context);
  return kExitOk;
}

Result<ExitCode> RunRetry(const ControlOptions& options, const CommandContext& context) {
  if (!options.failed && !options.missing) {
    return Err(InvalidArgument("retry: give --failed or --missing; `winnow retry --help` shows the usage"));
  }
  WINNOW_ASSIGN_OR_RETURN(const std::string name, SweepName(options.name));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  const v1::RetryScope scope = options.missing ? v1::RETRY_SCOPE_MISSING : v1::RETRY_SCOPE_FAILED;
  WINNOW_ASSIGN_OR_RETURN(const v1::RetrySweepResponse retried, session->coordinator().RetrySweep(name, scope));
  PrintSweep(retried.sweep(), "; " + Count(retried.retried_stages(), "stage") + " to run again", context);
  return kExitOk;
}

Result<ExitCode> RunDrain(const ControlOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  const std::string name = options.name.starts_with("workers/") ? options.name : "workers/" + options.name;
  WINNOW_ASSIGN_OR_RETURN(const v1::Worker worker, session->coordinator().DrainWorker(name, !options.undo));
  *context.out << ShownName(worker.name()) << ": "
               << (worker.draining() ? "leased nothing more" : "leased stages again") << ", runs "
               << Count(worker.running_stages_size(), "stage") << "\n";
  return kExitOk;
}

std::shared_ptr<ControlOptions> AddSweepCommand(CLI::App& command) {
  auto options = std::make_shared<ControlOptions>();
  command.add_option("SWEEP", options->name, "Name of the sweep")->type_name("")->required();
  AddConnectionOptions(command, options->connection);
  return options;
}

void AddControl(CLI::App& app, CommandContext& context, const std::string& name, const std::string& what,
                const Control& control) {
  CLI::App* const command = app.add_subcommand(name, what);
  const auto options = AddSweepCommand(*command);
  SetExample(*command, "  winnow " + name + " fashion-mnist\n");
  command->callback([options, control, &context] {
    context.chosen = [options, control, &context] { return RunControl(*options, control, context); };
  });
}

}  // namespace

void AddPause(CLI::App& app, CommandContext& context) {
  AddControl(app, context, "pause", "Start no more stages of a sweep until it is resumed; what runs goes on",
             [](Coordinator& coordinator, const std::string& name) { return coordinator.PauseSweep(name); });
}

void AddResume(CLI::App& app, CommandContext& context) {
  AddControl(app, context, "resume", "Let a paused sweep go on",
             [](Coordinator& coordinator, const std::string& name) { return coordinator.ResumeSweep(name); });
}

void AddStop(CLI::App& app, CommandContext& context) {
  AddControl(app, context, "stop", "Finish what runs of a sweep and start nothing more; `cancel` kills what runs",
             [](Coordinator& coordinator, const std::string& name) { return coordinator.StopSweep(name); });
}

void AddRetry(CLI::App& app, CommandContext& context) {
  CLI::App* const command = app.add_subcommand("retry", "Run again what a sweep has no result of; the rest stays");
  const auto options = AddSweepCommand(*command);
  CLI::Option* const failed =
      command->add_flag("--failed", options->failed, "What failed, and what failed with it; quarantined stages stay");
  command->add_flag("--missing", options->missing, "Besides, what was cancelled or is quarantined")->excludes(failed);
  SetExample(*command, "  winnow retry fashion-mnist --failed\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunRetry(*options, context); }; });
}

void AddDrain(CLI::App& app, CommandContext& context) {
  CLI::App* const command = app.add_subcommand("drain", "Lease a worker nothing more; it goes on with what it runs");
  const auto options = std::make_shared<ControlOptions>();
  command->add_option("WORKER", options->name, "Name of the worker")->type_name("")->required();
  command->add_flag("--undo", options->undo, "Lease it stages again");
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow drain lab-3 --server lab.example:7070\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunDrain(*options, context); }; });
}

}  // namespace winnow::cli
