#include <memory>
#include <optional>

#include "client/cli/commands/commands.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/session.h"
#include "client/cli/submission.h"
#include "client/cli/sweep_view.h"
#include "client/cli/watch_sweep.h"

namespace winnow::cli {
namespace {

struct SubmitOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
  std::string spec;
  std::vector<std::string> data_roots;
  std::optional<int> priority;
  bool wait = false;
  bool detach = false;
  bool dry_run = false;
};

void PrintSubmitted(const v1::CreateSweepResponse& created, const SubmitOptions& options,
                    const CommandContext& context) {
  const v1::Sweep& sweep = created.sweep();
  if (options.format != OutputFormat::kTable) {
    *context.out << SweepListText({sweep}, options.format, context.out_terminal());
    return;
  }
  *context.out << ShownName(sweep.name()) << (options.dry_run ? ": would have " : ": ")
               << Count(sweep.trial_count(), "trial") << ", " << Count(sweep.stage_total(), "stage") << ", of which "
               << sweep.stage_reused() << " are there already; without sharing " << sweep.stage_unshared() << "\n";
  if (const std::string compared = ComparisonText(created.comparison()); !compared.empty()) {
    *context.out << compared << "\n";
  }
  *context.out << std::flush;
}

Result<ExitCode> RunSubmit(const SubmitOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const auto data_roots, DataRoots(options.data_roots, true));
  WINNOW_ASSIGN_OR_RETURN(const Submission submission, PrepareSubmission(options.spec, data_roots, options.priority));
  WINNOW_ASSIGN_OR_RETURN(const auto session, Session::Open(options.connection, context));
  // Before the sweep is there, so that nothing is left behind by a command that fails.
  if (options.wait) WINNOW_RETURN_ERR_IF_ERROR(session->CheckSomebodyWorks());
  WINNOW_ASSIGN_OR_RETURN(const v1::CreateSweepResponse created,
                          Submit(session->coordinator(), submission, options.dry_run));
  const v1::Sweep& sweep = created.sweep();
  PrintSubmitted(created, options, context);
  if (options.dry_run) return kExitOk;
  if (!options.wait) {
    if (!session->CheckSomebodyWorks().ok()) {
      context.Note("stored; nobody works on " + session->place() +
                   " now: `winnow run` of the same spec goes on with it");
    }
    return kExitOk;
  }
  WatchRequest request;
  request.sweep = sweep.name();
  request.data_set = submission.spec.data.name;
  request.data_digest = submission.spec.data.digest;
  WINNOW_ASSIGN_OR_RETURN(const WatchOutcome outcome, WatchToEnd(*session, context, request));
  if (options.format == OutputFormat::kTable) *context.out << EndLine(outcome) << "\n";
  return outcome.sweep.state() == v1::SWEEP_STATE_SUCCEEDED ? kExitOk : kExitFailed;
}

}  // namespace

void AddSubmit(CLI::App& app, CommandContext& context) {
  CLI::App* command = app.add_subcommand("submit", "Hand a sweep to a coordinator, without starting a worker");
  const auto options = std::make_shared<SubmitOptions>();
  command->add_option("SPEC", options->spec, "The sweep spec, JSON; - for standard input")->type_name("")->required();
  CLI::Option* wait = command->add_flag("--wait", options->wait, "Show its progress until it has ended");
  command->add_flag("--detach", options->detach, "Return once it is stored (the default)")->excludes(wait);
  command->add_flag("--dry-run", options->dry_run, "Only tell what it would take; store nothing")->excludes(wait);
  command->add_option("--priority", options->priority, "Instead of the spec's: higher runs first, -1000 to 1000")
      ->check(CLI::Range(-1000, 1000).description(""))
      ->type_name("N");
  command
      ->add_option("--data-root", options->data_roots, "Where else to look for the spec's pretrained file (repeatable)")
      ->type_name("DIR")
      ->allow_extra_args(false);
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command, "  winnow submit sweep.json --server lab.example:7070\n  winnow submit sweep.json --dry-run\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunSubmit(*options, context); }; });
}

}  // namespace winnow::cli
