// Everything MakeConvPlan() refuses, each with its code and a message that names the fault.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

class ConvErrorsTest : public testing::Test {
 protected:
  void ExpectRefused(StatusCode code, const char* word) {
    const Result<ConvPlan> plan = MakeConvPlan(options_, q_, bias_);
    ASSERT_FALSE(plan) << word;
    EXPECT_EQ(plan.error().code(), code) << plan.error().ToString();
    EXPECT_THAT(plan.error().message(), HasSubstr(word));
  }

  ConvPlanOptions options_{.shape = {1, 2, 3, 8, 8, 1}};
  std::vector<float> q_ = std::vector<float>(3 * 2 * 36, 1.0f);
  std::vector<float> bias_ = std::vector<float>(3, 1.0f);
};

TEST_F(ConvErrorsTest, AcceptsTheGoodCaseTheOthersStartFrom) { EXPECT_TRUE(MakeConvPlan(options_, q_, bias_)); }

TEST_F(ConvErrorsTest, RefusesABadShape) {
  options_.shape.height = 0;
  ExpectRefused(StatusCode::kInvalidArgument, "height");
}

TEST_F(ConvErrorsTest, RefusesAnImageWiderThanPlacesOfTilesCanSay) {
  options_.shape = {1, 1, 1, 1, (int64_t{1} << 30) + 1, 1};
  q_.resize(36);
  bias_.clear();
  ExpectRefused(StatusCode::kInvalidArgument, "2^30 rows or columns");
}

TEST_F(ConvErrorsTest, RefusesNoThreads) {
  options_.threads = 0;
  ExpectRefused(StatusCode::kInvalidArgument, "threads");
}

TEST_F(ConvErrorsTest, RefusesAFilterOfAnotherVariant) {
  options_.variant = WinogradVariant::kF2K3;
  ExpectRefused(StatusCode::kInvalidArgument, "needs 96 coefficients, got 216");
}

TEST_F(ConvErrorsTest, RefusesATuningThatNoPlanHas) {
  options_.multiply = MultiplyKind::kDense;
  options_.tuning.vectors = 5;
  ExpectRefused(StatusCode::kInvalidArgument, "tuning.vectors is 5");
}

TEST_F(ConvErrorsTest, RefusesABiasOfAnotherSize) {
  bias_.resize(2);
  ExpectRefused(StatusCode::kInvalidArgument, "bias has 2 values for 3");
}

TEST_F(ConvErrorsTest, RefusesNonFiniteCoefficients) {
  q_[36 * 3 + 5] = NAN;
  ExpectRefused(StatusCode::kInvalidArgument, "output channel 1, input channel 1, position 5");
}

TEST_F(ConvErrorsTest, RefusesNonFiniteBias) {
  bias_[2] = INFINITY;
  ExpectRefused(StatusCode::kInvalidArgument, "bias of output channel 2");
}

TEST_F(ConvErrorsTest, RefusesAnIsaThisMachineLacks) {
  for (Isa isa : {Isa::kAvx2, Isa::kAvx512}) {
    if (IsaAvailable(isa)) continue;
    options_.isa = isa;
    ExpectRefused(StatusCode::kFailedPrecondition, "this machine does not run");
    return;
  }
  GTEST_SKIP() << "this machine runs every instruction set there is";
}

TEST_F(ConvErrorsTest, RefusesScratchBeyondEveryMachine) {
  // Nothing of that size is allocated: only the filter exists before the plan refuses.
  options_.shape = {1 << 14, 1 << 17, 1, 16, 16, 1};
  options_.threads = 4096;
  q_.assign(int64_t{36} << 17, 0.0f);
  bias_.clear();
  ExpectRefused(StatusCode::kResourceExhausted, "scratch");
}

}  // namespace
}  // namespace winnow::kernels
