#include <memory>
#include <optional>

#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "client/cli/stage_log.h"

namespace winnow::cli {
namespace {

struct LogsOptions {
  ConnectionOptions connection;
  std::string target;
  int attempt = 0;
  bool follow = false;
  std::optional<size_t> tail;
};

// The one stage whose key begins so, looked for from the newest sweep on.
Result<std::string> StageByPrefix(Coordinator& coordinator, const std::string& prefix) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Sweep> sweeps, coordinator.ListSweeps(100));
  for (const v1::Sweep& sweep : sweeps) {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Stage> stages, coordinator.ListStages(sweep.name()));
    std::string found;
    for (const v1::Stage& stage : stages) {
      if (!ShownName(stage.name()).starts_with(prefix)) continue;
      if (!found.empty()) {
        return Err(InvalidArgument("several stages of " + ShownName(sweep.name()) + " begin with " + prefix +
                                   "; give more digits of the key"));
      }
      found = stage.name();
    }
    if (!found.empty()) return found;
  }
  return Err(NotFound("no stage of the newest 100 sweeps begins with " + prefix +
                      "; `winnow status SWEEP` shows the keys of a sweep's stages"));
}

// Names of the stages a trial stands on, in the order in which they run.
Result<std::vector<std::string>> StagesOfTrial(Coordinator& coordinator, const std::string& trial) {
  WINNOW_ASSIGN_OR_RETURN(const v1::Trial found, coordinator.GetTrial(trial));
  std::vector<std::string> names;
  for (const std::string& name : {found.net_stage(), found.evaluate_stage(), found.benchmark_stage()}) {
    if (!name.empty()) names.push_back(name);
  }
  return names;
}

Result<std::vector<v1::Stage>> TargetStages(Coordinator& coordinator, const LogTarget& target) {
  if (target.kind == LogTarget::Kind::kSweep) return coordinator.ListStages(target.name);
  std::vector<std::string> names = {target.name};
  if (target.kind == LogTarget::Kind::kStagePrefix) {
    WINNOW_ASSIGN_OR_RETURN(names[0], StageByPrefix(coordinator, target.name));
  } else if (target.kind == LogTarget::Kind::kTrial) {
    WINNOW_ASSIGN_OR_RETURN(names, StagesOfTrial(coordinator, target.name));
  }
  std::vector<v1::Stage> stages;
  for (const std::string& name : names) {
    WINNOW_ASSIGN_OR_RETURN(v1::Stage stage, coordinator.GetStage(name));
    stages.push_back(std::move(stage));
  }
  return stages;
}

Result<ExitCode> RunLogs(const LogsOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const LogTarget target, ParseLogTarget(options.target));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Stage> stages, TargetStages(session->coordinator(), target));
  const bool several = target.kind == LogTarget::Kind::kSweep || target.kind == LogTarget::Kind::kTrial;
  if (several && options.attempt != 0) {
    return Err(InvalidArgument("--attempt needs a single stage: `winnow status SWEEP` shows the keys of stages"));
  }
  LogRequest request{options.attempt, options.follow, options.tail};
  size_t printed = 0;
  for (const v1::Stage& stage : stages) {
    // Of several, those that have not begun have nothing to say; following waits for them.
    if (several && stage.attempt() == 0 && !options.follow) continue;
    const std::string prefix = several ? context.out_terminal().Dim(stage.label() + " | ") : "";
    WINNOW_ASSIGN_OR_RETURN(const bool any, PrintStageLog(*session, context, stage, prefix, request));
    printed += any ? 1 : 0;
    if (context.interrupts->count() > 0) return kExitInterrupted;
  }
  if (printed == 0) context.Note("nothing has been logged by " + options.target + " yet");
  return kExitOk;
}

}  // namespace

void AddLogs(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("logs", "Print what stages have logged");
  const auto options = std::make_shared<LogsOptions>();
  command
      ->add_option("TARGET", options->target,
                   "Key of a stage (8 digits are enough), a trial as SWEEP/TRIAL, or a sweep")
      ->type_name("")
      ->required();
  command->add_flag("--follow,-f", options->follow, "Go on until the stages have ended");
  command->add_option("--tail", options->tail, "Print the last N lines of each stage only")->type_name("N");
  command->add_option("--attempt", options->attempt, "Of a stage, the log of this attempt (default: the latest)")
      ->check(CLI::Range(1, 1000000).description(""))
      ->type_name("N");
  AddConnectionOptions(*command, options->connection);
  SetExample(
      *command,
      "  winnow logs fashion-mnist/f4-s30-w60\n  winnow logs 3fdb64c1 -f\n  winnow logs fashion-mnist --tail 5\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunLogs(*options, context); }; });
}

}  // namespace winnow::cli
