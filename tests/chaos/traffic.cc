#include "tests/chaos/traffic.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <utility>

#include "tests/chaos/final_state.h"
#include "tests/support/synthetic_sweep.h"

namespace winnow::chaos {
namespace {

constexpr int64_t kStagesAhead = 2000;
constexpr useconds_t kPollUs = 5000;
// One Winograd rate for each spatial one: three stages of its own a trial (spatial_prune, winograd_prune, evaluate).
constexpr int kMaxTrials = 2 * testing::kMaxRates;

}  // namespace

Result<std::unique_ptr<Traffic>> Traffic::Start(const RunOptions& options,
                                                const Cluster::Environment& coordinator_environment) {
  std::unique_ptr<Traffic> traffic(new Traffic(options));
  ClusterOptions cluster;
  cluster.bin = options.bin;
  cluster.folder = options.folder;
  WINNOW_ASSIGN_OR_RETURN(traffic->cluster_, Cluster::Make(std::move(cluster)));
  WINNOW_RETURN_ERR_IF_ERROR(traffic->cluster_->StartCoordinator(coordinator_environment));
  if (!traffic->cluster_->AwaitCoordinator(kPatience)) return Err(Unavailable("winnowd does not answer"));
  for (int i = 0; i < options.workers; ++i) {
    WINNOW_RETURN_ERR_IF_ERROR(StatusOf(traffic->cluster_->StartWorker()));
  }
  return traffic;
}

void Traffic::SubmitTrials(int trials) {
  to_submit_ = trials;
  submitting_ = std::thread([this] { SubmitLoop(); });
}

void Traffic::SubmitWithoutEnd() {
  without_end_ = true;
  submitting_ = std::thread([this] { SubmitLoop(); });
}

void Traffic::StopSubmitting() {
  stopping_ = true;
  if (submitting_.joinable()) submitting_.join();
}

void Traffic::SubmitLoop() {
  while (!stopping_) {
    const int trials = without_end_ ? kMaxTrials : std::min(to_submit_.load(), kMaxTrials);
    if (trials == 0) return;
    if (stages_ - completions_ >= kStagesAhead) {  // what waits at the coordinator stays about the same
      ::usleep(kPollUs);
      continue;
    }
    SubmitOne(trials);
    if (!without_end_) to_submit_ -= trials;
  }
}

void Traffic::SubmitOne(int trials) {
  const int number = ++last_sweep_;
  const int seed = static_cast<int>(options_.seed % 1000) * 1000000 + number;
  const testing::SyntheticSweep synthetic{.name = "chaos-" + std::to_string(number),
                                          .seed = seed,
                                          .spatial = (trials + 1) / 2,
                                          .winograd = 1,
                                          .data_digest = cluster_->data_digest()};
  const Result<v1::Sweep> sweep = cluster_->client().CreateSweep(synthetic.Spec(), false);
  if (!sweep) {
    std::cerr << "winnow-chaos: cannot submit: " << sweep.error().ToString() << std::endl;
    stopping_ = true;
    return;
  }
  trials_ += sweep->trial_count();
  stages_ += sweep->stage_total();
}

bool Traffic::Poll() {
  cluster_->Poll();
  completions_ = cluster_->acknowledged_completions();
  const SteadyTime now = SystemClock()->Now();
  if (completions_ != seen_completions_) {
    seen_completions_ = completions_;
    last_progress_ = now;
  }
  ::usleep(kPollUs);
  return now - last_progress_ < kPatience;
}

bool Traffic::IsWorkedOff() {
  if (!stopping_ && (without_end_ || to_submit_ > 0)) return false;
  if (completions_ >= stages_) return true;
  // A completion whose acknowledgement was cut off counts for none: where nothing happens any more, states decide.
  const SteadyTime now = SystemClock()->Now();
  if (now - std::max(last_progress_, last_look_) < std::chrono::seconds(1)) return false;
  last_look_ = now;
  const Result<std::vector<v1::Sweep>> sweeps = cluster_->client().ListSweeps();
  return sweeps && std::all_of(sweeps->begin(), sweeps->end(),
                               [](const v1::Sweep& sweep) { return sweep.state() != v1::SWEEP_STATE_RUNNING; });
}

Status Traffic::Finish(Report& report) {
  if (without_end_) stopping_ = true;
  if (submitting_.joinable()) {  // it submits as there is room
    while (!stopping_ && to_submit_ > 0 && Poll()) continue;
  }
  StopSubmitting();
  while (!IsWorkedOff() && Poll()) continue;
  report.seconds = std::chrono::duration<double>(SystemClock()->Now() - begin_).count();
  Say("reading the final state");
  WINNOW_ASSIGN_OR_RETURN_STATUS(const FinalState final_state, ReadFinalState(cluster_->connection()));
  const History history = cluster_->TakeHistory();
  report.seed = options_.seed;
  report.trials = trials_;
  report.completions = cluster_->acknowledged_completions();
  report.operations = static_cast<int64_t>(history.size());
  report.extra["sweeps"] = final_state.sweeps.size();
  report.extra["stages"] = final_state.stages.size();
  std::vector<Finding> findings = CheckHistory(history, final_state);
  report.findings.insert(report.findings.end(), findings.begin(), findings.end());
  return OkStatus();
}

void Traffic::Say(const std::string& text) const {
  if (options_.is_quiet) return;
  const double seconds = std::chrono::duration<double>(SystemClock()->Now() - begin_).count();
  std::cerr << "[" << static_cast<int>(seconds) << " s] " << text << std::endl;
}

}  // namespace winnow::chaos
