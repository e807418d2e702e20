#include "tests/load/load_runs.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "tests/load/percentile.h"
#include "tests/load/stage_supply.h"
#include "tests/load/worker_crowd.h"

namespace winnow::load {
namespace {

constexpr int64_t kStagesPerSecond = 6000;  // submitted before: more than will be worked off
constexpr Duration kWarmUp = std::chrono::seconds(2);

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

Fleet::Options OptionsOf(const StageSupply& supply, const LoadOptions& options) {
  Fleet::Options fleet;
  fleet.data_digest = supply.data_digest();
  fleet.checkpoint = supply.checkpoint();
  fleet.measurements = options.measurements;
  return fleet;
}

// What went wrong, and what it cost the coordinator.
void AddCommon(StageSupply& supply, WorkerCrowd& crowd, Json& json) {
  json["errors"] = crowd.fleet().errors();
  if (crowd.fleet().errors() > 0) json["first_error"] = crowd.fleet().first_error();
  json["lost_leases"] = crowd.fleet().lost_leases();
  json["coordinator_memory_mib"] = static_cast<double>(supply.coordinator().PeakMemory()) / (1 << 20);
}

// How many stages ended, and what they reported, between two moments.
struct Window {
  int64_t completions = 0;
  int64_t measurements = 0;
  double seconds = 0;
  double coordinator_seconds = 0;  // of processor time
};

Window Watch(StageSupply& supply, Fleet& fleet, Duration length) {
  std::this_thread::sleep_for(kWarmUp);
  Window window;
  const SteadyTime begin = SystemClock()->Now();
  const double processor = supply.coordinator().ProcessorSeconds();
  const int64_t completions = fleet.completions();
  const int64_t measurements = fleet.measurements();
  std::this_thread::sleep_for(length);
  window.completions = fleet.completions() - completions;
  window.measurements = fleet.measurements() - measurements;
  window.seconds = Seconds(SystemClock()->Now() - begin);
  window.coordinator_seconds = supply.coordinator().ProcessorSeconds() - processor;
  return window;
}

}  // namespace

Result<Json> RunThroughput(const LoadOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<StageSupply> supply, StageSupply::Start(options));
  const Duration length = std::chrono::seconds(options.seconds);
  WINNOW_RETURN_ERR_IF_ERROR(
      supply->Submit(static_cast<int64_t>(Seconds(length + kWarmUp) * static_cast<double>(kStagesPerSecond))));
  WorkerCrowd crowd(OptionsOf(*supply, options), SystemClock());
  crowd.Add(supply->coordinator().address(), "load-", options.workers);
  const Window window = Watch(*supply, crowd.fleet(), length);
  Json json = {{"mode", "throughput"},
               {"workers", options.workers},
               {"seconds", window.seconds},
               {"completions", window.completions},
               {"completions_per_s", static_cast<double>(window.completions) / window.seconds},
               {"measurements", window.measurements},
               {"measurements_per_s", static_cast<double>(window.measurements) / window.seconds},
               {"submitted_stages", supply->submitted()},
               {"coordinator_us_per_completion",
                window.coordinator_seconds * 1e6 / static_cast<double>(std::max<int64_t>(window.completions, 1))}};
  json["ran_dry"] = crowd.fleet().completions() >= supply->submitted();
  crowd.End();
  AddCommon(*supply, crowd, json);
  return json;
}

Result<Json> RunLatency(const LoadOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<StageSupply> supply, StageSupply::Start(options));
  WorkerCrowd crowd(OptionsOf(*supply, options), SystemClock());
  crowd.Add(supply->coordinator().address(), "load-", options.workers);
  std::vector<double> first_lease_ms;
  std::vector<double> submit_ms;
  for (int i = 0; i < options.rounds; ++i) {
    const int64_t before = crowd.fleet().completions();
    (void)crowd.fleet().TakeLeaseTimes();
    const SteadyTime begin = SystemClock()->Now();
    WINNOW_ASSIGN_OR_RETURN(const int stages, supply->SubmitOne(1, 1));
    submit_ms.push_back(std::chrono::duration<double, std::milli>(SystemClock()->Now() - begin).count());
    while (crowd.fleet().completions() < before + stages) ::usleep(1000);
    ::usleep(20000);  // the worker waits again
    const std::vector<SteadyTime> came = crowd.fleet().TakeLeaseTimes();
    first_lease_ms.push_back(std::chrono::duration<double, std::milli>(came.front() - begin).count());
  }
  Json json = {{"mode", "latency"},
               {"workers", options.workers},
               {"rounds", options.rounds},
               {"submit_to_lease_ms", Distribution(first_lease_ms)},
               {"submit_to_answer_ms", Distribution(submit_ms)}};
  crowd.End();
  AddCommon(*supply, crowd, json);
  return json;
}

Result<Json> RunWorkers(const LoadOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<StageSupply> supply, StageSupply::Start(options));
  const int active = std::min(options.active, options.workers);
  const int probes = active == 0 ? options.probes : 0;
  Fleet::Options fleet = OptionsOf(*supply, options);
  fleet.keeps_alive = true;
  fleet.length = std::chrono::seconds(1);
  WorkerCrowd crowd(fleet, SystemClock());
  const SteadyTime begin = SystemClock()->Now();
  crowd.Add(supply->coordinator().address(), "idle-", options.workers - active, /*can_run=*/false);
  const double connect_seconds = Seconds(SystemClock()->Now() - begin);
  WINNOW_RETURN_ERR_IF_ERROR(supply->Submit(int64_t{2} * (active + probes) * (options.seconds + 5)));
  crowd.Add(supply->coordinator().address(), "active-", active);
  crowd.Add(supply->coordinator().address(), "probe-", probes);
  std::this_thread::sleep_for(kWarmUp);
  (void)crowd.fleet().TakeLeaseMs();
  const Window window = Watch(*supply, crowd.fleet(), std::chrono::seconds(options.seconds));
  Json json = {{"mode", "workers"},
               {"workers", options.workers},
               {"active", active},
               {"probes", probes},
               {"seconds", window.seconds},
               {"connect_seconds", connect_seconds},
               {"completions", window.completions},
               {"completions_per_s", static_cast<double>(window.completions) / window.seconds},
               {"lease_ms", Distribution(crowd.fleet().TakeLeaseMs())},
               {"coordinator_processor_share", window.coordinator_seconds / window.seconds},
               {"lost_renewals", crowd.fleet().lost_renewals()}};
  AddCommon(*supply, crowd, json);
  crowd.End();
  return json;
}

Result<Json> RunOverhead(const LoadOptions& options) {
  WINNOW_ASSIGN_OR_RETURN(const std::unique_ptr<StageSupply> supply, StageSupply::Start(options));
  WINNOW_RETURN_ERR_IF_ERROR(supply->Submit(options.stages + 100));
  Fleet::Options fleet = OptionsOf(*supply, options);
  fleet.keeps_alive = true;
  fleet.length = std::chrono::seconds(1);
  WorkerCrowd crowd(fleet, SystemClock());
  const SteadyTime begin = SystemClock()->Now();
  crowd.Add(supply->coordinator().address(), "slot-", options.slots);
  // The net that all others start from runs alone: all slots have work from here on.
  while (crowd.fleet().completions() < 1) ::usleep(1000);
  const SteadyTime all_begin = SystemClock()->Now();
  const int64_t done = crowd.fleet().completions();
  while (crowd.fleet().completions() < done + options.stages) ::usleep(1000);
  const double seconds = Seconds(SystemClock()->Now() - all_begin);
  const double ideal = static_cast<double>(options.stages) / options.slots;
  Json json = {{"mode", "overhead"},
               {"slots", options.slots},
               {"stages", options.stages},
               {"seconds", seconds},
               {"ideal_seconds", ideal},
               {"overhead_percent", (seconds / ideal - 1) * 100},
               {"start_seconds", Seconds(all_begin - begin)}};
  crowd.End();
  AddCommon(*supply, crowd, json);
  return json;
}

}  // namespace winnow::load
