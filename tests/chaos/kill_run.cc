#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/chaos/runs.h"
#include "tests/chaos/traffic.h"

namespace winnow::chaos {
namespace {

// A run with less between kills shows nothing (a coordinator that is always down loses nothing).
constexpr int64_t kLeastCompletions = 20;
constexpr double kCoordinatorShare = 0.3;
constexpr Duration kRestartPatience = std::chrono::seconds(60);

class KillRun {
 public:
  KillRun(Traffic* traffic, uint64_t seed, int kills) : traffic_(traffic), random_(seed), kills_(kills) {
    const auto coordinators = static_cast<size_t>(kills * kCoordinatorShare + 0.5);
    plan_.assign(static_cast<size_t>(kills), false);
    std::fill_n(plan_.begin(), coordinators, true);
    std::shuffle(plan_.begin(), plan_.end(), random_);
  }

  Status Run(Report& report) {
    for (const bool coordinator : plan_) {
      if (!AwaitMoment(coordinator)) {
        report.void_reasons.push_back("only " + std::to_string(report.kills) + " of " + std::to_string(kills_) +
                                      " kills were done before the work was over");
        break;
      }
      WINNOW_RETURN_IF_ERROR(coordinator ? KillCoordinator() : KillWorker());
      ++report.kills;
      ++(coordinator ? report.kills_coordinator : report.kills_worker);
      if (report.kills % 50 == 0) {
        traffic_->Say(std::to_string(report.kills) + " kills, " + std::to_string(cluster().acknowledged_completions()) +
                      " completions");
      }
    }
    if (live_leases_missing_ > 0) {
      report.void_reasons.push_back(std::to_string(live_leases_missing_) + " kills found no live lease");
    }
    report.extra["least_completions_between_kills"] = least_between_;
    std::sort(recovery_ms_.begin(), recovery_ms_.end());
    if (!recovery_ms_.empty()) {
      report.extra["recovery_ms"] = {{"p50", recovery_ms_[recovery_ms_.size() / 2]}, {"max", recovery_ms_.back()}};
    }
    return OkStatus();
  }

 private:
  Cluster& cluster() { return traffic_->cluster(); }

  std::vector<int> Holders() {
    std::vector<int> holders;
    for (const auto& [token, lease] : cluster().live_leases()) {
      if (std::find(holders.begin(), holders.end(), lease.process) == holders.end()) holders.push_back(lease.process);
    }
    return holders;
  }

  // A random moment after enough completions at which somebody holds a lease; false when none comes.
  bool AwaitMoment(bool coordinator) {
    const int64_t enough =
        at_last_kill_ + kLeastCompletions + std::uniform_int_distribution<int64_t>(0, kLeastCompletions / 4)(random_);
    while (cluster().acknowledged_completions() < enough || Holders().empty()) {
      if (!traffic_->Poll() || (traffic_->IsWorkedOff() && cluster().acknowledged_completions() < enough)) return false;
    }
    return true;
  }

  void NoteKill() {
    const int64_t completions = cluster().acknowledged_completions();
    least_between_ = std::min(least_between_, completions - at_last_kill_);
    at_last_kill_ = completions;
  }

  Status KillCoordinator() {
    if (Holders().empty()) ++live_leases_missing_;
    NoteKill();
    cluster().KillCoordinator();
    const SteadyTime begin = SystemClock()->Now();
    WINNOW_RETURN_IF_ERROR(cluster().StartCoordinator());
    if (!cluster().AwaitCoordinator(kRestartPatience)) return Unavailable("winnowd does not come back");
    recovery_ms_.push_back(std::chrono::duration<double, std::milli>(SystemClock()->Now() - begin).count());
    return OkStatus();
  }

  Status KillWorker() {
    const std::vector<int> holders = Holders();
    if (holders.empty()) {
      ++live_leases_missing_;
      return OkStatus();
    }
    NoteKill();
    cluster().KillWorker(holders[std::uniform_int_distribution<size_t>(0, holders.size() - 1)(random_)]);
    return StatusOf(cluster().StartWorker());
  }

  Traffic* const traffic_;
  std::mt19937_64 random_;
  const int kills_;
  std::vector<bool> plan_;  // true: the coordinator
  int64_t at_last_kill_ = 0;
  int64_t least_between_ = kNever;
  int64_t live_leases_missing_ = 0;
  std::vector<double> recovery_ms_;
};

}  // namespace

Result<Report> RunKills(const RunOptions& options, int kills) {
  Report report;
  report.mode = "kills";
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<Traffic> traffic, Traffic::Start(options));
  traffic->SubmitTrials(options.trials);
  WINNOW_RETURN_ERR_IF_ERROR(KillRun(traffic.get(), options.seed, kills).Run(report));
  WINNOW_RETURN_ERR_IF_ERROR(traffic->Finish(report));
  return report;
}

}  // namespace winnow::chaos
