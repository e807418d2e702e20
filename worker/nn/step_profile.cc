#include "worker/nn/step_profile.h"

#include <atomic>
#include <cstdint>

namespace winnow::worker {
namespace {

std::atomic<bool> profiling{false};
std::array<std::atomic<int64_t>, kStepPhases> nanoseconds{};

void Add(StepPhase phase, std::chrono::steady_clock::duration elapsed) {
  nanoseconds[static_cast<size_t>(phase)] += std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count();
}

}  // namespace

std::string_view StepPhaseName(StepPhase phase) {
  switch (phase) {
    case StepPhase::kForwardProducts:
      return "forward_products";
    case StepPhase::kBackwardDataProducts:
      return "backward_data_products";
    case StepPhase::kBackwardWeightsProducts:
      return "backward_weights_products";
    case StepPhase::kTransforms:
      return "transforms";
    case StepPhase::kFilters:
      return "filters";
    case StepPhase::kBatchNorm:
      return "batch_norm";
    case StepPhase::kPool:
      return "pool";
  }
  return "";
}

void StartStepProfile() {
  for (auto& sum : nanoseconds) sum = 0;
  profiling = true;
}

StepProfile TakeStepProfile() {
  profiling = false;
  StepProfile profile;
  for (int i = 0; i < kStepPhases; ++i) profile[i] = 1e-9 * static_cast<double>(nanoseconds[i]);
  return profile;
}

PhaseTimer::PhaseTimer(StepPhase phase) : phase_(phase), active_(profiling.load(std::memory_order_relaxed)) {
  if (active_) begin_ = std::chrono::steady_clock::now();
}

PhaseTimer::~PhaseTimer() {
  if (active_) Add(phase_, std::chrono::steady_clock::now() - begin_);
}

void MarkStepPhase(std::optional<StepPhase> phase) {
  thread_local std::optional<StepPhase> current;
  thread_local std::chrono::steady_clock::time_point begin;
  if (!profiling.load(std::memory_order_relaxed)) {
    current.reset();
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (current) Add(*current, now - begin);
  current = phase;
  begin = now;
}

}  // namespace winnow::worker
