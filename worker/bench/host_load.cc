#include "worker/bench/host_load.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

namespace winnow::worker {
namespace {

std::string Text(const char* path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

HostSample ParseHostSample(std::string_view stat, std::string_view loadavg, double ticks_per_second) {
  HostSample sample;
  std::istringstream cpu{std::string(stat.substr(0, stat.find('\n')))};
  std::string name;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  if (cpu >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal && name == "cpu") {
    sample.busy_s = (user + nice + system + irq + softirq + steal) / ticks_per_second;
    sample.steal_s = steal / ticks_per_second;
  }
  std::istringstream load{std::string(loadavg)};
  load >> sample.load_1min;
  return sample;
}

HostSample SampleHost() {
  HostSample sample =
      ParseHostSample(Text("/proc/stat"), Text("/proc/loadavg"), static_cast<double>(::sysconf(_SC_CLK_TCK)));
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  sample.own_s = Seconds(own.ru_utime) + Seconds(own.ru_stime);
  sample.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  return sample;
}

ForeignLoad Between(const HostSample& before, const HostSample& after) {
  const double wall = after.wall_s - before.wall_s;
  if (wall <= 0) return {};
  // Three ticks of doubt: the counters of different cores move at different moments.
  constexpr double kDoubtSeconds = 0.03;
  const double steal = std::max(0.0, after.steal_s - before.steal_s);
  const double other = (after.busy_s - before.busy_s) - (after.own_s - before.own_s) - steal - kDoubtSeconds;
  return {.other = std::max(0.0, other) / wall, .steal = std::max(0.0, steal - kDoubtSeconds) / wall};
}

}  // namespace winnow::worker
