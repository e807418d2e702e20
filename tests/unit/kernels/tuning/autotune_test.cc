// Tunings with scripted times: no clock is read but in the last test, which asks for no time in particular.
#include "kernels/tuning/autotune.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <vector>

#include "tests/unit/kernels/random_floats.h"
#include "tests/unit/kernels/tuning/scripted_timer.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

constexpr uint32_t kSeed = 51;

class AutotuneTest : public testing::Test {
 protected:
  AutotuneTest() {
    q_ = RandomFloats(12 * 150 * 36, kSeed);
    PruneRandomly(0.6, kSeed + 1, q_);
  }

  Result<TunedChoice> Tune(ScriptedTimer& timer) const {
    return Autotune(options_, q_, bias_, SerialFor, limits_, timer);
  }

  ConvPlanOptions options_{.shape = {1, 150, 12, 28, 28, 1}, .isa = Isa::kScalar};
  std::vector<float> q_;
  std::vector<float> bias_ = std::vector<float>(12, 0.5f);
  AutotuneLimits limits_{.budget_ms = 1e5, .rounds = 5};
};

TEST_F(AutotuneTest, TakesTheFastest) {
  for (const bool residual : {false, true}) {
    options_.residual = residual;
    ScriptedTimer timer(
        [](const ConvPlan& plan) { return plan.multiply() == MultiplyKind::kDense && plan.vectors() == 3 ? 5 : 10; });
    const Result<TunedChoice> tuned = Tune(timer);
    ASSERT_TRUE(tuned) << tuned.error().ToString();
    EXPECT_EQ(tuned->choice.multiply, MultiplyKind::kDense);
    EXPECT_EQ(tuned->choice.tuning, Tuning{.vectors = 3});
    EXPECT_TRUE(tuned->conclusive);
    EXPECT_EQ(tuned->model_ms, 10);
    EXPECT_EQ(tuned->choice_ms, 5);
    EXPECT_GT(tuned->candidates, 5);
    EXPECT_EQ(MakeConvPlan(WithChoice(options_, tuned->choice), q_)->vectors(), 3);
  }
}

TEST_F(AutotuneTest, KeepsTheModelsChoiceForNearTies) {
  const ConvPlan model = MakeConvPlan(options_, q_).value();
  const auto is_model = [&](const ConvPlan& plan) {
    return plan.multiply() == model.multiply() && plan.vectors() == model.vectors() &&
           plan.channel_block() == model.channel_block();
  };
  ScriptedTimer near([&](const ConvPlan& plan) { return is_model(plan) ? 100.0 : 98.5; });
  const TunedChoice kept = Tune(near).value();
  EXPECT_EQ(kept.choice.multiply, model.multiply());
  EXPECT_EQ(kept.choice_ms, 100);
  EXPECT_TRUE(kept.conclusive);
  ScriptedTimer far([&](const ConvPlan& plan) { return is_model(plan) ? 100.0 : 97.0; });
  EXPECT_EQ(Tune(far)->choice_ms, 97);
}

TEST_F(AutotuneTest, DropsWhoClearlyLoses) {
  std::map<std::pair<MultiplyKind, int>, int> seen;
  ScriptedTimer timer([&](const ConvPlan& plan) {
    ++seen[{plan.multiply(), plan.vectors()}];
    return plan.multiply() == MultiplyKind::kDense ? 30 : 10;
  });
  limits_.rounds = 9;
  const TunedChoice tuned = Tune(timer).value();
  EXPECT_EQ(tuned.choice.multiply, MultiplyKind::kSparse);
  EXPECT_EQ((seen[{MultiplyKind::kDense, 4}]), 2);
  EXPECT_GE((seen[{MultiplyKind::kSparse, 4}]), 9);
}

TEST_F(AutotuneTest, KeepsToItsBudget) {
  for (const double budget_ms : {1.0, 25.0, 100.0, 300.0}) {
    limits_.budget_ms = budget_ms;
    ScriptedTimer timer([](const ConvPlan&) { return 10; });
    const TunedChoice tuned = Tune(timer).value();
    EXPECT_LT(10 * (timer.samples - 1), budget_ms);
    // The first sample does not count, and three of each of two candidates are the least that compares anything.
    EXPECT_EQ(tuned.conclusive, budget_ms >= 70) << budget_ms;
  }
}

TEST_F(AutotuneTest, ReportsWhatAPlanRefuses) {
  ScriptedTimer timer([](const ConvPlan&) { return 1; });
  options_.shape.height = 0;
  EXPECT_EQ(Tune(timer).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(timer.samples, 0);
}

TEST_F(AutotuneTest, RefusesLimitsThatLetNothingBeTimed) {
  ScriptedTimer timer([](const ConvPlan&) { return 1; });
  limits_.rounds = 2;
  EXPECT_THAT(Tune(timer).error().message(), HasSubstr("2 rounds; use at least 3"));
  limits_ = {.budget_ms = 0};
  EXPECT_THAT(Tune(timer).error().message(), HasSubstr("the budget is 0"));
}

TEST_F(AutotuneTest, CanUseTheSteadyClock) {
  SteadyTuningTimer timer;
  limits_ = {.budget_ms = 1e4, .rounds = 3};
  options_.isa.reset();
  const Result<TunedChoice> tuned = Autotune(options_, q_, bias_, SerialFor, limits_, timer);
  ASSERT_TRUE(tuned);
  EXPECT_GT(tuned->choice_ms, 0);
  EXPECT_GT(tuned->candidates, 1);
}

}  // namespace
}  // namespace winnow::kernels
