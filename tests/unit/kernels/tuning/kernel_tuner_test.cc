#include "kernels/tuning/kernel_tuner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/kernels/random_floats.h"
#include "tests/unit/kernels/tuning/scripted_timer.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 61;

class KernelTunerTest : public testing::Test {
 protected:
  KernelTunerTest()
      : folder_(std::filesystem::temp_directory_path() / ("winnow-tuner-" + std::to_string(::getpid()))),
        path_(folder_ / "tuning.txt") {
    std::filesystem::remove_all(folder_);
    q_ = RandomFloats(8 * 6 * 36, kSeed);
    PruneRandomly(0.6, kSeed + 1, q_);
  }
  ~KernelTunerTest() override { std::filesystem::remove_all(folder_); }

  // Dense with three vectors wins; `samples_` counts what is timed.
  KernelTuner Open(const std::string& machine, double budget_ms = 1e4) {
    auto timer = std::make_unique<ScriptedTimer>([this](const ConvPlan& plan) {
      ++samples_;
      return plan.multiply() == MultiplyKind::kDense && plan.vectors() == 3 ? 5 : 10;
    });
    return KernelTuner::Open(path_, machine, {.budget_ms = budget_ms, .rounds = 3}, std::move(timer)).value();
  }

  Result<TunedPlan> Make(KernelTuner& tuner) const { return tuner.MakePlan(options_, q_, {}, SerialFor); }

  std::filesystem::path folder_, path_;
  ConvPlanOptions options_{.shape = {1, 6, 8, 24, 24, 1}, .isa = Isa::kScalar};
  std::vector<float> q_;
  int samples_ = 0;
};

TEST_F(KernelTunerTest, TimesALayerOnceAndRemembersIt) {
  KernelTuner tuner = Open("here");
  const Result<TunedPlan> first = Make(tuner);
  ASSERT_TRUE(first) << first.error().ToString();
  EXPECT_TRUE(first->tuned);
  EXPECT_FALSE(first->remembered);
  EXPECT_EQ(first->plan.multiply(), MultiplyKind::kDense);
  EXPECT_EQ(first->plan.vectors(), 3);
  const int samples = samples_;
  EXPECT_GT(samples, 0);
  const Result<TunedPlan> again = Make(tuner);
  EXPECT_TRUE(again->tuned);
  EXPECT_TRUE(again->remembered);
  EXPECT_EQ(again->plan.vectors(), 3);
  EXPECT_EQ(samples_, samples);
}

TEST_F(KernelTunerTest, RemembersAcrossProcessesPerMachine) {
  KernelTuner tuner = Open("here");
  ASSERT_TRUE(Make(tuner));
  ASSERT_TRUE(tuner.Save().ok());
  const int samples = samples_;
  KernelTuner other = Open("here");
  EXPECT_TRUE(Make(other)->remembered);
  EXPECT_EQ(samples_, samples);
  KernelTuner elsewhere = Open("elsewhere");
  EXPECT_FALSE(Make(elsewhere)->remembered);
}

TEST_F(KernelTunerTest, ForgetsWhatItsBudgetCouldNotCompare) {
  KernelTuner tuner = Open("here", /*budget_ms=*/20);
  const Result<TunedPlan> made = Make(tuner);
  ASSERT_TRUE(made);
  EXPECT_FALSE(made->tuned);
  EXPECT_EQ(made->plan.multiply(), MakeConvPlan(options_, q_)->multiply());
  ASSERT_TRUE(tuner.Save().ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KernelTunerTest, KeepsWhatIsForcedAndRemembersNothingOfIt) {
  KernelTuner tuner = Open("here");
  options_.multiply = MultiplyKind::kSparse;
  EXPECT_EQ(Make(tuner)->plan.multiply(), MultiplyKind::kSparse);
  EXPECT_FALSE(Make(tuner)->remembered);
  options_.multiply.reset();
  EXPECT_EQ(Make(tuner)->plan.multiply(), MultiplyKind::kDense);
}

TEST_F(KernelTunerTest, WorksWithoutAFile) {
  auto timer = std::make_unique<ScriptedTimer>([](const ConvPlan&) { return 1; });
  KernelTuner tuner = KernelTuner::WithoutFile("here", {.budget_ms = 1e4}, std::move(timer)).value();
  EXPECT_TRUE(Make(tuner)->tuned);
  EXPECT_TRUE(Make(tuner)->remembered);
  EXPECT_TRUE(tuner.Save().ok());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(KernelTunerTest, RefusesWhatPlansAndFilesRefuse) {
  EXPECT_EQ(KernelTuner::Open(path_, "a machine").error().code(), StatusCode::kInvalidArgument);
  KernelTuner tuner = Open("here");
  q_.pop_back();
  EXPECT_EQ(Make(tuner).error().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::kernels
