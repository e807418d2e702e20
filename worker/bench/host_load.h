// Who else used the processors while something was timed.
#ifndef WORKER_BENCH_HOST_LOAD_H_
#define WORKER_BENCH_HOST_LOAD_H_

#include <string>
#include <string_view>

namespace winnow::worker {

// Counters since boot, in seconds of one core, and the load average of the moment.
struct HostSample {
  double wall_s = 0;     // steady clock
  double busy_s = 0;     // all cores: user, nice, system, irq, softirq, steal
  double steal_s = 0;    // taken by the hypervisor for other machines
  double own_s = 0;      // this process, all its threads
  double load_1min = 0;  // runnable processes; slow to fall, so for the record only
};

// `stat` and `loadavg` are the texts of /proc/stat and /proc/loadavg; what they do not say stays 0.
HostSample ParseHostSample(std::string_view stat, std::string_view loadavg, double ticks_per_second);

// This machine, now.
HostSample SampleHost();

// Shares of one core between two samples.
struct ForeignLoad {
  double other = 0;  // used by other processes of this machine
  double steal = 0;  // taken by the hypervisor

  // More than a quarter of a core by others or 3 % stolen, where the interval is long enough for the kernel's 10 ms
  // ticks to say so.
  bool Disturbing() const { return other > 0.25 || steal > 0.03; }
};
ForeignLoad Between(const HostSample& before, const HostSample& after);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_HOST_LOAD_H_
