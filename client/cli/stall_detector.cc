#include "client/cli/stall_detector.h"

#include <set>

#include "client/cli/state_text.h"

namespace winnow::cli {

bool StallDetector::IsStalled(const SweepProgress& progress, SteadyTime now) {
  if (progress.running() > 0 || progress.ended() != ended_ || HasEnded(progress.sweep().state())) {
    moved_ = now;
    ended_ = progress.ended();
  }
  return now - moved_ >= kPatience;
}

std::string StuckReasons(const SweepProgress& progress) {
  std::set<std::string> seen;
  std::string text;
  for (const v1::Stage* stage : progress.Stuck()) {
    if (seen.insert(stage->reason()).second) text += (text.empty() ? "" : "\n") + stage->reason();
  }
  return text;
}

}  // namespace winnow::cli
