#include <unistd.h>

#include <algorithm>
#include <string>

#include "base/durable_file.h"
#include "tests/chaos/failpoint_names.h"
#include "tests/chaos/runs.h"
#include "tests/chaos/traffic.h"

namespace winnow::chaos {
namespace {

constexpr int64_t kLeastCompletions = 20;

class FailpointRun {
 public:
  FailpointRun(Traffic* traffic, const std::filesystem::path& folder) : traffic_(traffic), armed_(folder / "armed") {}

  // Lets one process die there, once: it is started with the failpoint, works for a while, and then the failpoint is
  // armed.
  Status DieOnce(const FailpointName& point) {
    const Cluster::Environment environment = {
        {"WINNOW_FAILPOINTS", std::string(point.name) + "=kill:" + armed_.string()}};
    int worker = 0;
    if (point.in_worker) {
      WINNOW_ASSIGN_OR_RETURN_STATUS(worker, cluster().StartWorker(environment));
    } else {
      cluster().KillCoordinator();  // the one before, which has no failpoint or another one
      WINNOW_RETURN_IF_ERROR(cluster().StartCoordinator(environment));
      if (!cluster().AwaitCoordinator(Traffic::kPatience)) return Unavailable("winnowd does not come back");
    }
    const int64_t enough = cluster().acknowledged_completions() + kLeastCompletions;
    const auto is_holder = [&](const auto& entry) { return worker == 0 || entry.second.process == worker; };
    const auto is_ready = [&] {
      const auto& leases = cluster().live_leases();
      return cluster().acknowledged_completions() >= enough && std::any_of(leases.begin(), leases.end(), is_holder);
    };
    WINNOW_RETURN_IF_ERROR(traffic_->Await(is_ready, "work before " + std::string(point.name)));
    WINNOW_RETURN_IF_ERROR(WriteFileDurably(armed_, ""));
    const Status died = traffic_->Await(
        [&] { return point.in_worker ? cluster().WorkerHasEnded(worker) : cluster().CoordinatorHasEnded(); },
        "end of a process at " + std::string(point.name));
    ::unlink(armed_.c_str());
    return died;
  }

 private:
  Cluster& cluster() { return traffic_->cluster(); }

  Traffic* const traffic_;
  const std::filesystem::path armed_;
};

}  // namespace

Result<Report> RunFailpoints(const RunOptions& options, int fires) {
  Report report;
  report.mode = "failpoints";
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<Traffic> traffic, Traffic::Start(options));
  traffic->SubmitWithoutEnd();
  FailpointRun run(traffic.get(), options.folder);
  for (const FailpointName& point : kFailpoints) {
    for (int i = 0; i < fires; ++i) {
      if (const Status status = run.DieOnce(point); !status.ok()) {
        report.void_reasons.push_back(status.message());
        break;
      }
      ++report.kills;
      ++(point.in_worker ? report.kills_worker : report.kills_coordinator);
    }
    const int64_t fired = traffic->cluster().FiredFailpoints()[std::string(point.name)];
    report.fired[std::string(point.name)] = fired;
    if (fired < fires) {
      report.void_reasons.push_back(std::string(point.name) + " fired " + std::to_string(fired) + " times of " +
                                    std::to_string(fires));
    }
    traffic->Say(std::string(point.name) + " fired " + std::to_string(fired) + " times");
    if (!point.in_worker && traffic->cluster().CoordinatorHasEnded()) {
      WINNOW_RETURN_ERR_IF_ERROR(traffic->cluster().StartCoordinator());
    }
  }
  WINNOW_RETURN_ERR_IF_ERROR(traffic->Finish(report));
  return report;
}

Result<Report> RunLostReplies(const RunOptions& options, double share) {
  Report report;
  report.mode = "lost-replies";
  const std::string name(kLostReply);
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<Traffic> traffic,
                          Traffic::Start(options, {{"WINNOW_FAILPOINTS", name + "=lose:" + std::to_string(share)}}));
  traffic->SubmitTrials(options.trials);
  WINNOW_RETURN_ERR_IF_ERROR(traffic->Finish(report));
  report.fired[name] = traffic->cluster().FiredFailpoints()[name];
  report.extra["share"] = share;
  if (share > 0 && report.fired[name] == 0) report.void_reasons.push_back("no reply was lost");
  return report;
}

}  // namespace winnow::chaos
