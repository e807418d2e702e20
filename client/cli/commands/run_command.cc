#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "client/cli/chart_terminal.h"
#include "client/cli/commands/commands.h"
#include "client/cli/number_text.h"
#include "client/cli/rate_search.h"
#include "client/cli/resource_name.h"
#include "client/cli/result_view.h"
#include "client/cli/run_report.h"
#include "client/cli/session.h"
#include "client/cli/state_text.h"
#include "client/cli/submission.h"
#include "client/cli/watch_sweep.h"
#include "spec/parse.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

struct RunOptions {
  ConnectionOptions connection;
  OutputFormat format = OutputFormat::kTable;
  std::string spec, output;
  std::vector<std::string> data_roots;
  std::optional<int> priority;
  int threads = 0;
  bool wide = false;
  bool no_worker = false;
  bool no_default_data_root = false;
};

// One `winnow run` from spec to report.
class Run {
 public:
  Run(const RunOptions& options, const CommandContext& context) : options_(options), context_(context) {}

  Result<ExitCode> Go() {
    WINNOW_ASSIGN_OR_RETURN(data_roots_, DataRoots(options_.data_roots, !options_.no_default_data_root));
    WINNOW_ASSIGN_OR_RETURN(submission_, PrepareSubmission(options_.spec, data_roots_, options_.priority));
    // Before programs are started: an early Ctrl-C has to stop them, too.
    if (context_.catch_signals) context_.interrupts->CatchSignals();
    WINNOW_ASSIGN_OR_RETURN(session_, Session::Open(options_.connection, context_));
    context_.interrupts->SetHandler([this](int count) {
      if (count >= 2) session_->Kill();
    });
    WINNOW_RETURN_ERR_IF_ERROR(ProvideWorker());
    for (;;) {
      WINNOW_ASSIGN_OR_RETURN(const std::optional<ExitCode> ended, RunSweep());
      if (ended) return *ended;
    }
  }

 private:
  // Runs the sweep of `submission_` to its end. None where an objective asks for another rate, which the submission
  // then has.
  Result<std::optional<ExitCode>> RunSweep() {
    WINNOW_ASSIGN_OR_RETURN(const v1::Sweep sweep, ContinueOrSubmit());
    if (context_.interrupts->count() > 0) return Interrupted(sweep.name());

    WatchRequest request;
    request.sweep = sweep.name();
    request.data_set = submission_.spec.data.name;
    request.data_digest = submission_.spec.data.digest;
    // Nobody else comes to a coordinator that lives as long as this command and answers on a local socket only.
    request.give_up_when_stuck = OwnsAll();
    request.restored = [this] { return ProvideWorker(); };
    const auto outcome = WatchToEnd(*session_, context_, request);
    if (!outcome) return AfterFailure(sweep.name(), outcome.error());
    stages_run_ += StagesRun(*outcome);
    seconds_ += outcome->seconds;
    if (submission_.spec.objective && outcome->sweep.state() == v1::SWEEP_STATE_SUCCEEDED) {
      WINNOW_ASSIGN_OR_RETURN(const bool again, AddRate(sweep.name(), *submission_.spec.objective));
      if (again) return std::nullopt;
    }
    return Report(*outcome);
  }

  // Whether the search goes on.
  Result<bool> AddRate(const std::string& sweep, const spec::Objective& objective) {
    WINNOW_ASSIGN_OR_RETURN(const SweepResults results, session_->coordinator().ListResults(sweep));
    const std::vector<TriedRate> tried = TriedRates(results);
    std::string trying;
    for (const std::string& method : MethodsOf(submission_.spec)) {
      const std::optional<double> next = NextRate(objective, RatesOf(tried, method));
      if (!next) continue;
      trying +=
          (trying.empty() ? "trying the rate " : ", ") + Fixed(*next, 3) + (method.empty() ? "" : " of " + method);
      submission_.spec_json = WithWinogradRate(submission_.spec_json, method, *next);
    }
    if (trying.empty()) return AddTestLook(results, objective);
    for (const TriedRate& one : tried) {
      context_.Note("rate " + Fixed(one.rate, 3) + (one.method.empty() ? "" : " of " + one.method) + " loses " +
                    Fixed(one.drop, 2) + " of at most " + Fixed(objective.max_accuracy_drop, 2) + " points");
    }
    context_.Note(trying);
    WINNOW_RETURN_ERR_IF_ERROR(ReadSpec());
    return true;
  }

  // With held-out images the test set is looked at once, when the search has ended. Whether that is still to be done.
  Result<bool> AddTestLook(const SweepResults& results, const spec::Objective& objective) {
    if (submission_.spec.data.held_out == 0 || !submission_.spec.test_trials.empty()) return false;
    std::vector<std::string> ids;
    for (const size_t i : FrontierTrials(results, objective)) ids.push_back(TrialIdOf(results.trials[i].trial()));
    if (ids.empty()) return false;
    context_.Note("the rate is found; looking at the test set");
    submission_.spec_json = WithTestTrials(submission_.spec_json, ids);
    WINNOW_RETURN_ERR_IF_ERROR(ReadSpec());
    return true;
  }

  Status ReadSpec() {
    auto spec = spec::ParseSweepSpec(submission_.spec_json);
    if (!spec) return spec::ToStatus(spec.error());
    submission_.spec = *std::move(spec);
    return OkStatus();
  }

  bool OwnsAll() const {
    LocalCluster* local = session_->local();
    return local != nullptr && local->owns_coordinator() && local->owns_worker();
  }

  Result<bool> AnyWorkerAlive() {
    WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Worker> workers, session_->coordinator().ListWorkers());
    return std::any_of(workers.begin(), workers.end(),
                       [](const v1::Worker& worker) { return worker.state() == v1::WORKER_STATE_ALIVE; });
  }

  // Starts a worker where a local coordinator has none.
  Status ProvideWorker() {
    LocalCluster* local = session_->local();
    if (local != nullptr && local->owns_worker()) return OkStatus();  // it finds the new coordinator by itself
    if (local == nullptr || !local->owns_coordinator()) {
      // One just started may remember workers that ended with its predecessor, so it is not asked.
      WINNOW_ASSIGN_OR_RETURN_STATUS(const bool any_alive, AnyWorkerAlive());
      if (any_alive) return OkStatus();
    }
    if (local == nullptr) {
      context_.Note("no worker is registered at " + session_->place() +
                    "; the sweep waits for one: winnow-worker --server " + session_->place() + " --data-root DIR");
      return OkStatus();
    }
    if (options_.no_worker) {
      context_.Note("no worker is registered; the sweep waits for one: winnow-worker --server unix:" +
                    session_->place() + "/winnowd.sock --data-root DIR");
      return OkStatus();
    }
    const int cores = std::max(static_cast<int>(std::thread::hardware_concurrency()), 1);
    const int threads = options_.threads > 0 ? options_.threads : cores;
    context_.Note(std::string(local->owns_coordinator() ? "" : "the coordinator on this data folder has no worker; ") +
                  "starting a worker with " + Count(threads, "thread") + ", data folder " + session_->place());
    return local->StartWorker(session_->coordinator(),
                              {data_roots_, threads, [this] { return context_.interrupts->count() > 0; }});
  }

  Result<v1::Sweep> ContinueOrSubmit() {
    if (session_->local() != nullptr) {
      WINNOW_ASSIGN_OR_RETURN(const auto unfinished, FindUnfinished(session_->coordinator(), submission_));
      if (unfinished) {
        context_.Note("going on with " + ShownName(unfinished->name()) + ", which was interrupted");
        return *unfinished;
      }
    }
    created_ = true;
    WINNOW_ASSIGN_OR_RETURN(v1::CreateSweepResponse created,
                            Submit(session_->coordinator(), submission_, /*validate_only=*/false));
    return std::move(*created.mutable_sweep());
  }

  Result<ExitCode> Interrupted(const std::string& sweep) {
    if (session_->local() == nullptr || !session_->local()->owns_coordinator()) {
      context_.Note(ShownName(sweep) + " goes on at " + session_->place() + ": `winnow watch " + ShownName(sweep) +
                    "` shows it, `winnow cancel " + ShownName(sweep) + "` stops it");
      return kExitInterrupted;
    }
    context_.Note("stopping: running stages save their state; Ctrl-C again kills them");
    session_->End();
    context_.Note("interrupted; run the same command again to go on: finished stages are reused");
    return kExitInterrupted;
  }

  Result<ExitCode> AfterFailure(const std::string& sweep, const Status& error) {
    if (context_.interrupts->count() > 0) return Interrupted(sweep);
    if (OwnsAll()) {
      // What nobody can run should not wait in the data folder for ever.
      (void)session_->coordinator().CancelSweep(sweep);
    }
    return Err(error.WithContext(ShownName(sweep)));
  }

  // Of a sweep that was under way before, what this command has seen; else also what ended before the first message.
  int StagesRun(const WatchOutcome& outcome) const {
    if (!created_) return outcome.progress.succeeded_since();
    return std::max(outcome.sweep.stage_counts().succeeded() - outcome.sweep.stage_reused(), 0);
  }

  Result<ExitCode> Report(const WatchOutcome& outcome) {
    const v1::Sweep& sweep = outcome.sweep;
    WINNOW_ASSIGN_OR_RETURN(const SweepResults results, session_->coordinator().ListResults(sweep.name()));
    const std::string id = ShownName(sweep.name());
    const ParetoChart chart = MakeChart(results, CostAxis::kMultiplicationsLeft,
                                        id + ": accuracy against multiplications left", SpecLine(submission_.spec));
    const fs::path folder = options_.output.empty() ? fs::path("winnow-results") / id : fs::path(options_.output);
    WINNOW_ASSIGN_OR_RETURN(const ExportedFiles files, ExportResults(session_->coordinator(), results, chart, folder));
    const Terminal terminal = context_.out_terminal();
    *context_.out << ResultsText(results, options_.format, options_.wide, terminal, submission_.spec.objective);
    if (options_.format == OutputFormat::kTable) {
      if (!chart.points.empty()) *context_.out << "\n" << DrawChart(chart, terminal, 20);
      *context_.out << "\n" << ReportLines({stages_run_, seconds_}, sweep, submission_.spec, files);
    }
    context_.out->flush();
    if (sweep.state() == v1::SWEEP_STATE_SUCCEEDED) return kExitOk;
    context_.Note(id + " " + StateText(sweep.state()) + (sweep.reason().empty() ? "" : ": " + sweep.reason()) +
                  "; `winnow logs " + id + "` shows what its stages said");
    return kExitFailed;
  }

  const RunOptions& options_;
  const CommandContext& context_;
  std::vector<fs::path> data_roots_;
  Submission submission_;
  std::unique_ptr<Session> session_;
  bool created_ = false;
  int stages_run_ = 0;  // by this command, over all sweeps of a search
  double seconds_ = 0;
};

}  // namespace

void AddRun(CLI::App& app, CommandContext& context) {
  CLI::App* command =
      app.add_subcommand("run", "Run a sweep to its end, here or at a coordinator, and show its results");
  const auto options = std::make_shared<RunOptions>();
  command->add_option("SPEC", options->spec, "The sweep spec, JSON; - for standard input")->type_name("")->required();
  command
      ->add_option("--output,-o", options->output,
                   "Folder for results, pictures and checkpoints (default: winnow-results/SWEEP)")
      ->type_name("DIR");
  command
      ->add_option("--data-root", options->data_roots,
                   "Folder with data sets or pretrained files, besides /usr/share/datasets (repeatable)")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_flag("--no-default-data-root", options->no_default_data_root, "Leave out /usr/share/datasets");
  command->add_option("--threads", options->threads, "Cores for the local worker (default: all)")
      ->check(CLI::Range(1, 4096).description(""))
      ->type_name("N");
  command->add_flag("--no-worker", options->no_worker, "Start no local worker; wait for others");
  command->add_option("--priority", options->priority, "Instead of the spec's: higher runs first, -1000 to 1000")
      ->check(CLI::Range(-1000, 1000).description(""))
      ->type_name("N");
  command->add_flag("--wide", options->wide, "In the table, all batch sizes, thread counts and peer times");
  AddFormatOption(*command, options->format);
  AddConnectionOptions(*command, options->connection);
  SetExample(*command,
             "  winnow run deploy/sweeps/fashion-mnist.json\n"
             "  winnow run sweep.json --data-root ~/datasets --output results\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return Run(*options, context).Go(); }; });
}

}  // namespace winnow::cli
