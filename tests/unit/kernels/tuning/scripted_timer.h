// A timer that says what a test wants to hear.
#ifndef TESTS_UNIT_KERNELS_TUNING_SCRIPTED_TIMER_H_
#define TESTS_UNIT_KERNELS_TUNING_SCRIPTED_TIMER_H_

#include <functional>
#include <utility>

#include "kernels/tuning/autotune.h"

namespace winnow::kernels {

// Runs every plan once and says what `cost` does; the clock moves by that.
class ScriptedTimer : public TuningTimer {
 public:
  explicit ScriptedTimer(std::function<double(const ConvPlan&)> cost) : cost_(std::move(cost)) {}

  double NowMs() override { return now_ms_; }
  double SampleMs(const ConvPlan& plan, FunctionRef<void()> run) override {
    run();
    ++samples;
    const double ms = cost_(plan);
    now_ms_ += ms;
    return ms;
  }

  int samples = 0;

 private:
  std::function<double(const ConvPlan&)> cost_;
  double now_ms_ = 1e6;
};

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_TUNING_SCRIPTED_TIMER_H_
