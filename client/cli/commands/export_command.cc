#include <signal.h>
#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <vector>

#include "base/subprocess.h"
#include "client/cli/child_program.h"
#include "client/cli/commands/commands.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "spec/nearest_name.h"

namespace winnow::cli {
namespace {

struct ExportOptions {
  ConnectionOptions connection;
  std::string trial, output;
  bool packed = false;
  int batch = 1, threads = 1;
};

// The trial with its checkpoint, or why there is none.
Result<v1::TrialResult> FindTrial(Coordinator& coordinator, const std::string& trial) {
  WINNOW_ASSIGN_OR_RETURN(const SweepResults results, coordinator.ListResults(SweepOf(trial)));
  std::vector<std::string> ids;
  for (const v1::TrialResult& result : results.trials) {
    if (result.trial() == trial) {
      if (!result.checkpoint().empty()) return result;
      return Err(NotFound(ShownName(trial) + " has no checkpoint yet; `winnow status " + ShownName(SweepOf(trial)) +
                          "` shows how far it is"));
    }
    ids.push_back(TrialIdOf(result.trial()));
  }
  return Err(NotFound("there is no trial " + ShownName(trial) + "; " + spec::SuggestNames(TrialIdOf(trial), ids)));
}

// A folder for what is in the way of other things, removed at the end.
class PassingFolder {
 public:
  static Result<std::unique_ptr<PassingFolder>> Make() {
    std::error_code error;
    const std::filesystem::path place = std::filesystem::temp_directory_path(error);
    if (error) return Err(ErrnoStatus(error.value(), "no folder for temporary files; set TMPDIR to one"));
    std::string name = place / "winnow-export-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      return Err(ErrnoStatus(errno, "cannot create a folder in " + place.string() + "; set TMPDIR to another"));
    }
    return std::unique_ptr<PassingFolder>(new PassingFolder(name));
  }
  ~PassingFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  explicit PassingFolder(std::filesystem::path path) : path_(std::move(path)) {}
  const std::filesystem::path path_;
};

// winnow-stage packs, because it has the kernels; it prints and fails as if it were this command.
Result<ExitCode> PackCheckpoint(const std::string& stage, const std::filesystem::path& checkpoint,
                                const std::string& output, const v1::TrialResult& trial, const ExportOptions& options,
                                const CommandContext& context) {
  SubprocessOptions pack;
  pack.command = {stage,          "pack",
                  "--checkpoint", checkpoint,
                  "--output",     output,
                  "--batch",      std::to_string(options.batch),
                  "--threads",    std::to_string(options.threads),
                  "--lifeline",   "{lifeline}"};
  const int tile_size = trial.parameters().tile_size();
  if (tile_size != 0) pack.command.insert(pack.command.end(), {"--variant", "F" + std::to_string(tile_size)});
  pack.capture_stdout = pack.capture_stderr = false;
  context.out->flush();
  context.err->flush();
  WINNOW_ASSIGN_OR_RETURN(Subprocess child, Subprocess::Start(pack));
  context.interrupts->SetHandler([&child](int) { child.Signal(SIGTERM); });
  if (context.interrupts->count() > 0) child.Signal(SIGTERM);  // came just before
  const ExitState end = child.Wait();
  context.interrupts->SetHandler(nullptr);
  if (context.interrupts->count() > 0) return kExitInterrupted;
  if (end.signal != 0) return Err(Internal(stage + " pack ended with " + end.ToString()));
  return static_cast<ExitCode>(end.exit_code);
}

Result<ExitCode> ExportPacked(Coordinator& coordinator, const v1::TrialResult& trial, const ExportOptions& options,
                              const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string stage, FindProgram("winnow-stage"));
  // From here on Ctrl-C ends this function instead of the process, so that the folder goes.
  if (context.catch_signals) context.interrupts->CatchSignals();
  WINNOW_ASSIGN_OR_RETURN(const auto folder, PassingFolder::Make());
  const std::filesystem::path checkpoint = folder->path() / (TrialIdOf(trial.trial()) + ".safetensors");
  WINNOW_RETURN_ERR_IF_ERROR(coordinator.DownloadArtifact(trial.checkpoint(), checkpoint));
  if (context.interrupts->count() > 0) return kExitInterrupted;
  const std::string output = options.output.empty() ? TrialIdOf(trial.trial()) + ".packed.safetensors" : options.output;
  return PackCheckpoint(stage, checkpoint, output, trial, options, context);
}

Result<ExitCode> RunExport(const ExportOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const std::string name, TrialName(options.trial));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  WINNOW_ASSIGN_OR_RETURN(const v1::TrialResult trial, FindTrial(session->coordinator(), name));
  if (options.packed) return ExportPacked(session->coordinator(), trial, options, context);
  const std::string output = options.output.empty() ? TrialIdOf(name) + ".safetensors" : options.output;
  WINNOW_RETURN_ERR_IF_ERROR(session->coordinator().DownloadArtifact(trial.checkpoint(), output));
  *context.out << output << "  " << ShownName(trial.checkpoint()) << "\n";
  return kExitOk;
}

}  // namespace

void AddExport(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("export", "Write a trial's pruned network as a safetensors file");
  const auto options = std::make_shared<ExportOptions>();
  command->add_option("SWEEP/TRIAL", options->trial, "The trial, as SWEEP/TRIAL")->type_name("")->required();
  command
      ->add_option("--output,-o", options->output,
                   "Where to (default: TRIAL.safetensors or TRIAL.packed.safetensors in the working folder)")
      ->type_name("FILE");
  CLI::Option* packed = command->add_flag("--packed", options->packed,
                                          "For use: batch norms folded, pruned layers packed for the kernels");
  command->add_option("--batch", options->batch, "With --packed: images at once (default: 1)")
      ->check(CLI::Range(1, 4096).description(""))
      ->type_name("N")
      ->needs(packed);
  command->add_option("--threads", options->threads, "With --packed: threads that run it (default: 1)")
      ->check(CLI::Range(1, 256).description(""))
      ->type_name("N")
      ->needs(packed);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command,
             "  winnow export fashion-mnist/f4-s30-w60 -o pruned.safetensors\n"
             "  winnow export fashion-mnist/f4-s30-w60 --packed --batch 16 -o packed.safetensors\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunExport(*options, context); }; });
}

}  // namespace winnow::cli
