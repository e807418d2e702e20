// Plans for spatial weights: what is chosen, what is computed, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/plan/choices.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "kernels/reference/direct_conv.h"
#include "tests/unit/kernels/plan/conv_problem.h"

namespace winnow::kernels {
namespace {

using testing::HasSubstr;

constexpr uint32_t kSeed = 81;

MultiplyKind ChosenFor(const ConvPlanOptions& options) {
  return MakeConvPlanFromWeights(options, RandomFloats(options.shape.FilterSize(), kSeed))->multiply();
}

TEST(ConvFromWeights, IsTheConvolutionWhateverIsChosen) {
  for (const ConvShape& shape : {ConvShape{1, 3, 16, 12, 12, 1}, ConvShape{2, 48, 40, 12, 12, 1}}) {
    const ConvProblem problem(shape, WinogradVariant::kF4K3, 1.0, kSeed);
    const std::vector<double> expected = DirectConv(shape, problem.input, problem.w, problem.bias);
    for (const std::optional<MultiplyKind> multiply :
         {std::optional<MultiplyKind>(), std::optional(MultiplyKind::kDense), std::optional(MultiplyKind::kSparse),
          std::optional(MultiplyKind::kDirect)}) {
      const ConvPlan plan =
          MakeConvPlanFromWeights({.shape = shape, .multiply = multiply}, problem.w, problem.bias).value();
      if (multiply) {
        EXPECT_EQ(plan.multiply(), *multiply);
      }
      ScratchBuffer scratch(plan.ScratchBytes());
      std::vector<float> output(static_cast<size_t>(shape.OutputSize()));
      kernels::Run(plan, problem.input, output, scratch.bytes(), SerialFor);
      EXPECT_LE(RelativeError(output, expected), MaxRelativeError(WinogradVariant::kF4K3)) << plan.ToString();
    }
  }
}

// Of AVX-512, so that every machine agrees.
bool ChoosesDirect(const ConvPlanOptions& options, double density = 1) {
  return DirectIsFaster(options, Isa::kAvx512, density);
}

TEST(DirectIsFaster, WithOneInputChannelAndNotWithMany) {
  for (const int64_t batch : {1, 16}) {
    for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
      if (layout == TensorLayout::kBlocked16 && batch == 1) continue;
      EXPECT_TRUE(ChoosesDirect({.shape = {batch, 1, 64, 28, 28, 1}, .layout = layout}));
      EXPECT_FALSE(ChoosesDirect({.shape = {batch, 3, 64, 32, 32, 1}, .layout = layout}));
      EXPECT_FALSE(ChoosesDirect({.shape = {batch, 64, 64, 32, 32, 1}, .layout = layout}));
    }
  }
  const auto f2 = WinogradVariant::kF2K3;
  EXPECT_TRUE(ChoosesDirect({.shape = {1, 3, 64, 32, 32, 1}, .variant = f2})) << "it saves less than the other";
  EXPECT_FALSE(ChoosesDirect({.shape = {1, 16, 64, 32, 32, 1}, .variant = f2}));
}

TEST(DirectIsFaster, OnImagesAsSmallAsATile) {
  for (const int64_t side : {2, 3}) {
    for (const WinogradVariant variant : kAllVariants) {
      EXPECT_TRUE(ChoosesDirect({.shape = {1, 512, 512, side, side, 1}, .variant = variant})) << side;
    }
  }
  EXPECT_FALSE(ChoosesDirect({.shape = {1, 64, 64, 7, 7, 1}, .variant = WinogradVariant::kF2K3}));
  EXPECT_FALSE(ChoosesDirect({.shape = {1, 256, 256, 14, 14, 1}}));
}

TEST(DirectIsFaster, NotThanAFilterThatIsAlmostEmpty) {
  EXPECT_FALSE(ChoosesDirect({.shape = {1, 512, 512, 3, 3, 1}}, 0.05));
}

TEST(ConvFromWeights, IsWinogradWhereATuningOrMultiplicationIsForced) {
  const ConvShape shape{1, 1, 8, 2, 2, 1};
  EXPECT_EQ(ChosenFor({.shape = shape}), MultiplyKind::kDirect);
  EXPECT_EQ(ChosenFor({.shape = shape, .multiply = MultiplyKind::kDense}), MultiplyKind::kDense);
  EXPECT_NE(ChosenFor({.shape = shape, .tuning = {.vectors = 2}}), MultiplyKind::kDirect);
}

TEST(ConvFromWeights, IsSparseForZeroKernels) {
  const ConvShape shape{1, 64, 64, 28, 28, 1};
  std::vector<float> weights = RandomFloats(shape.FilterSize(), kSeed);
  std::fill(weights.begin(), weights.begin() + static_cast<int64_t>(weights.size() * 9 / 10), 0.0f);
  const ConvPlan plan = MakeConvPlanFromWeights({.shape = shape}, weights).value();
  EXPECT_EQ(plan.multiply(), MultiplyKind::kSparse);
  EXPECT_LT(plan.Density(), 0.11);
}

TEST(ConvFromWeights, TellsWhatADirectPlanIs) {
  std::vector<float> weights(4 * 3 * 9, 1.0f);
  std::fill_n(weights.begin(), 27, 0.0f);
  const ConvPlanOptions options{
      .shape = {2, 3, 4, 9, 7, 1}, .isa = Isa::kScalar, .multiply = MultiplyKind::kDirect, .relu = true};
  const ConvPlan plan = MakeConvPlanFromWeights(options, weights).value();
  EXPECT_EQ(plan.ToString(), "direct scalar nchw, n2 c3 k4 h9 w7 p1, 1 thread, density 0.750, relu");
  EXPECT_EQ(plan.Nonzeros(), 81);
  EXPECT_EQ(plan.channel_block(), 3);
  EXPECT_GT(plan.FilterBytes(), 0);
  EXPECT_EQ(plan.packed_filter(), nullptr);
  ScratchBuffer scratch(plan.ScratchBytes());
  const std::vector<float> input = RandomFloats(plan.InputElements(), kSeed);
  std::vector<float> plain(static_cast<size_t>(plan.OutputElements())), profiled = plain;
  kernels::Run(plan, input, plain, scratch.bytes(), SerialFor);
  const PhaseTimes times = RunProfiled(plan, input, profiled, scratch.bytes(), SerialFor);
  EXPECT_EQ(plain, profiled);
  EXPECT_GT(times.multiply_ns, 0);
  EXPECT_EQ(times.output_transform_ns, 0);
}

TEST(ConvFromWeights, NamesWhatItRefuses) {
  ConvPlanOptions options{.shape = {1, 2, 3, 8, 8, 1}};
  std::vector<float> weights(3 * 2 * 9, 1.0f), bias(3, 1.0f);
  const auto expect_refused = [&](StatusCode code, const char* words) {
    const Result<ConvPlan> plan = MakeConvPlanFromWeights(options, weights, bias);
    ASSERT_FALSE(plan) << words;
    EXPECT_EQ(plan.error().code(), code);
    EXPECT_THAT(plan.error().message(), HasSubstr(words));
  };
  bias.resize(2);
  expect_refused(StatusCode::kInvalidArgument, "bias has 2 values for 3");
  bias.clear();
  weights[9 + 5] = NAN;
  expect_refused(StatusCode::kInvalidArgument, "output channel 0, input channel 1, row 1, column 2 is not finite");
  weights.pop_back();
  expect_refused(StatusCode::kInvalidArgument, "weights has 53 floats; 3 output and 2 input channels need 54");
  weights.assign(54, 1.0f);
  options.multiply = MultiplyKind::kDirect;
  options.tuning.vectors = 2;
  expect_refused(StatusCode::kInvalidArgument, "a direct plan has no tuning");
  // Nothing of that size is allocated: only the weights exist before the plan refuses.
  options = {.shape = {1, 1 << 18, 1, 1, 1 << 20, 1}, .multiply = MultiplyKind::kDirect, .threads = 4096};
  weights.assign(size_t{9} << 18, 1.0f);
  expect_refused(StatusCode::kResourceExhausted, "scratch");
}

TEST(ConvFromWeights, IsTheOnlyWayToADirectPlan) {
  const std::vector<float> q(3 * 2 * 36, 1.0f);
  const Result<ConvPlan> plan = MakeConvPlan({.shape = {1, 2, 3, 8, 8, 1}, .multiply = MultiplyKind::kDirect}, q);
  ASSERT_FALSE(plan);
  EXPECT_EQ(plan.error().code(), StatusCode::kInvalidArgument);
  EXPECT_THAT(plan.error().message(), HasSubstr("MakeConvPlanFromWeights"));
}

}  // namespace
}  // namespace winnow::kernels
