// Keeps a cluster busy with synthetic sweeps, and brings a run to its end.
#ifndef TESTS_CHAOS_TRAFFIC_H_
#define TESTS_CHAOS_TRAFFIC_H_

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "tests/chaos/cluster.h"
#include "tests/chaos/report.h"
#include "tests/chaos/runs.h"

namespace winnow::chaos {

// A cluster with workers and a thread that submits sweeps to it: all at once (`trials`), or without end as they are
// worked off.
//
// Threads    one at a time; submissions run on a thread of its own, over a client that waits out kills.
class Traffic {
 public:
  // How long nothing may happen, and how long anything awaited may take.
  static constexpr Duration kPatience = std::chrono::seconds(60);

  // Starts the coordinator (with that environment) and the workers.
  static Result<std::unique_ptr<Traffic>> Start(const RunOptions& options,
                                                const Cluster::Environment& coordinator_environment = {});
  ~Traffic() { StopSubmitting(); }

  void SubmitTrials(int trials);
  // Keeps a few thousand stages ahead of what has been completed.
  void SubmitWithoutEnd();
  void StopSubmitting();

  Cluster& cluster() { return *cluster_; }
  int trials() const { return trials_; }

  // Reads on; false once nothing has been completed for a minute.
  bool Poll();
  // Reads on until `condition` holds. kDeadlineExceeded after a minute, however much else is going on.
  template <typename Condition>
  Status Await(const Condition& condition, const std::string& what) {
    const SteadyTime end = SystemClock()->Now() + kPatience;
    while (!condition()) {
      if (!Poll() || SystemClock()->Now() > end) return DeadlineExceeded("no " + what + " within a minute");
    }
    return OkStatus();
  }
  // Whether all that was to be submitted has been submitted and completed.
  bool IsWorkedOff();

  // Waits until it is worked off (or stands still), reads the final state, ends the cluster, checks the history and
  // fills in what is common to all reports.
  Status Finish(Report& report);

  void Say(const std::string& text) const;

 private:
  explicit Traffic(const RunOptions& options) : options_(options) {}
  void SubmitOne(int trials);
  void SubmitLoop();

  const RunOptions options_;
  std::unique_ptr<Cluster> cluster_;
  std::thread submitting_;
  std::atomic<int> to_submit_{0};  // trials
  std::atomic<bool> without_end_{false};
  std::atomic<bool> stopping_{false};
  std::atomic<int> trials_{0};
  std::atomic<int64_t> stages_{0};
  std::atomic<int64_t> completions_{0};
  int last_sweep_ = 0;
  const SteadyTime begin_ = SystemClock()->Now();
  int64_t seen_completions_ = 0;
  SteadyTime last_progress_ = SystemClock()->Now();
  SteadyTime last_look_ = last_progress_;  // at the sweeps' states
};

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_TRAFFIC_H_
