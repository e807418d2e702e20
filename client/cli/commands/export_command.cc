#include <memory>
#include <vector>

#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "spec/nearest_name.h"

namespace winnow::cli {
namespace {

struct ExportOptions {
  ConnectionOptions connection;
  std::string trial, output;
};

// The trial's checkpoint, or why there is none.
Result<std::string> CheckpointOf(Coordinator& coordinator, const std::string& trial) {
  WINNOW_ASSIGN_OR_RETURN(const SweepResults results, coordinator.ListResults(SweepOf(trial)));
  std::vector<std::string> ids;
  for (const v1::TrialResult& result : results.trials) {
    if (result.trial() == trial) {
      if (!result.checkpoint().empty()) return result.checkpoint();
      return Err(NotFound(ShownName(trial) + " has no checkpoint yet; `winnow status " + ShownName(SweepOf(trial)) +
                          "` shows how far it is"));
    }
    ids.push_back(TrialIdOf(result.trial()));
  }
  return Err(NotFound("there is no trial " + ShownName(trial) + "; " + spec::SuggestNames(TrialIdOf(trial), ids)));
}

Result<ExitCode> RunExport(const ExportOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string trial, TrialName(options.trial));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const std::string checkpoint, CheckpointOf(session->coordinator(), trial));
  const std::string output = options.output.empty() ? TrialIdOf(trial) + ".safetensors" : options.output;
  WINNOW_RETURN_ERR_IF_ERROR(session->coordinator().DownloadArtifact(checkpoint, output));
  *context.out << output << "  " << ShownName(checkpoint) << "\n";
  return kExitOk;
}

}  // namespace

void AddExport(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("export", "Write a trial's pruned network as a safetensors file");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("SWEEP/TRIAL", options->trial, "The trial, as SWEEP/TRIAL")->type_name("")->required();
  command->add_option("--output,-o", options->output, "Where to (default: TRIAL.safetensors in the working folder)")
      ->type_name("FILE");
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow export fashion-mnist/f4-s30-w60 -o pruned.safetensors\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunExport(*options, context); }; });
}

}  // namespace winnow::cli
