// Notices that a sweep waits for something that will not come by itself.
#ifndef CLIENT_CLI_STALL_DETECTOR_H_
#define CLIENT_CLI_STALL_DETECTOR_H_

#include <string>

#include "base/clock.h"
#include "client/cli/sweep_progress.h"

namespace winnow::cli {

// Pure: time is given. Threads: one at a time.
class StallDetector {
 public:
  static constexpr std::chrono::seconds kPatience{5};

  explicit StallDetector(SteadyTime now) : moved_(now) {}

  // True when nothing has run or ended for kPatience although the sweep has not ended.
  bool IsStalled(const SweepProgress& progress, SteadyTime now);

 private:
  SteadyTime moved_;
  int ended_ = -1;
};

// What the coordinator says about stages that nobody can run, each reason once; empty where it says nothing.
std::string StuckReasons(const SweepProgress& progress);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_STALL_DETECTOR_H_
