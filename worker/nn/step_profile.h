// Where the time of training steps goes, for `winnow-stage bench-step`.
#ifndef WORKER_NN_STEP_PROFILE_H_
#define WORKER_NN_STEP_PROFILE_H_

#include <array>
#include <chrono>
#include <optional>
#include <string_view>

namespace winnow::worker {

enum class StepPhase {
  kForwardProducts,          // of transformed inputs with filters
  kBackwardDataProducts,     // for the gradient of the input
  kBackwardWeightsProducts,  // for the gradient of the filters
  kTransforms,               // of inputs and outputs, and their adjoints
  kFilters,                  // from and to the layout that the products want
  kBatchNorm,                // with its ReLU, both directions
  kPool,                     // both directions
};
inline constexpr int kStepPhases = 7;
std::string_view StepPhaseName(StepPhase phase);  // "forward_products", ...

// Seconds by phase, summed over threads.
using StepProfile = std::array<double, kStepPhases>;

// Threads    phases may run on any number of them; starting and taking a profile is for one thread, between steps.
void StartStepProfile();
StepProfile TakeStepProfile();  // since the start, and stops

// Adds its own life to a phase while a profile is taken; otherwise reads one flag.
class PhaseTimer {
 public:
  explicit PhaseTimer(StepPhase phase);
  ~PhaseTimer();
  PhaseTimer(const PhaseTimer&) = delete;
  PhaseTimer& operator=(const PhaseTimer&) = delete;

 private:
  StepPhase phase_;
  bool active_;
  std::chrono::steady_clock::time_point begin_;
};

// What the calling thread does from now on belongs to `phase`, or to none.
void MarkStepPhase(std::optional<StepPhase> phase);

}  // namespace winnow::worker

#endif  // WORKER_NN_STEP_PROFILE_H_
