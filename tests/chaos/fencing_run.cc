#include <signal.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "client/lib/worker_client.h"
#include "tests/chaos/runs.h"
#include "tests/chaos/traffic.h"

namespace winnow::chaos {
namespace {

class FencingRun {
 public:
  explicit FencingRun(Traffic* traffic) : traffic_(traffic) {}

  // Stops a worker that holds leases until another one has one of its stages, reports a result under that lease for
  // it, and lets it go on.
  Status Round(Report& report) {
    std::map<std::string, LiveLease> held;  // by token
    WINNOW_RETURN_IF_ERROR(traffic_->Await([&] { return !cluster().live_leases().empty(); }, "lease"));
    const int worker = cluster().live_leases().begin()->second.process;
    cluster().SignalWorker(worker, SIGSTOP);
    cluster().Poll();
    for (const auto& [token, lease] : cluster().live_leases()) {
      if (lease.process == worker) held.emplace(token, lease);
    }
    if (held.empty()) {  // all ended just before the signal
      cluster().SignalWorker(worker, SIGCONT);
      return OkStatus();
    }
    std::string late_token;
    const Status passed_on =
        traffic_->Await([&] { return !(late_token = PassedOn(held, worker)).empty(); }, "lease passed on");
    if (passed_on.ok()) ReportLate(late_token, report);
    cluster().SignalWorker(worker, SIGCONT);
    if (!passed_on.ok()) report.void_reasons.push_back(passed_on.message());
    return OkStatus();
  }

 private:
  Cluster& cluster() { return traffic_->cluster(); }

  // A token of the stopped worker's whose stage somebody else has been given, or "".
  std::string PassedOn(const std::map<std::string, LiveLease>& held, int worker) {
    for (const auto& [token, mine] : held) {
      // Not only leases that live: on a quick machine one has come and gone between two looks.
      const std::optional<LiveLease> last = cluster().LastLeaseOf(mine.stage);
      if (last && last->attempt > mine.attempt && last->process != worker) return token;
    }
    return "";
  }

  void ReportLate(const std::string& token, Report& report) {
    v1::CompleteStageRequest request;
    request.set_request_id(NewUuid());
    request.set_token(token);
    request.mutable_success()->set_result_json("{\"late\":true}");
    client::WorkerClient workers(&cluster().connection(),
                                 {std::chrono::seconds(10), std::chrono::seconds(60), nullptr});
    const Result<v1::CompleteStageResponse> response = workers.Complete(request);
    ++late_;
    if (!response && client::IsLeaseLost(response.error())) {
      ++refused_;
    } else {
      report.findings.push_back({FindingKind::kBroken, "a report under a lease that had passed on was answered with " +
                                                           StatusOf(response).ToString()});
    }
    report.extra["late_reports"] = late_;
    report.extra["late_reports_refused"] = refused_;
  }

  Traffic* const traffic_;
  int64_t late_ = 0;
  int64_t refused_ = 0;
};

}  // namespace

Result<Report> RunFencing(const RunOptions& options, int rounds) {
  Report report;
  report.mode = "fencing";
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<Traffic> traffic, Traffic::Start(options));
  traffic->SubmitWithoutEnd();
  FencingRun run(traffic.get());
  for (int i = 0; i < rounds; ++i) WINNOW_RETURN_ERR_IF_ERROR(run.Round(report));
  if (!report.extra.contains("late_reports")) report.void_reasons.push_back("no report was late");
  WINNOW_RETURN_ERR_IF_ERROR(traffic->Finish(report));
  return report;
}

}  // namespace winnow::chaos
