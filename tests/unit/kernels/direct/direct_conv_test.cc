// Direct plans: every ISA x shape x layout x ending against plain loops in double.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <thread>
#include <vector>

#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "kernels/reference/direct_conv.h"
#include "tests/unit/kernels/guarded_buffer.h"
#include "tests/unit/kernels/in_layout.h"
#include "tests/unit/kernels/plan/conv_problem.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 71;
constexpr double kMaxError = 2e-6;  // kernels/plan/conv_plan.h

// Tiny, prime, wide, tall, deep; without padding and with more than the filter is wide; output channels below, at and
// beyond a row block; strips of one row, and several.
constexpr ConvShape kShapes[] = {
    {1, 1, 1, 1, 1, 1},   {2, 3, 2, 2, 2, 1},    {1, 1, 2, 3, 3, 1},   {1, 2, 1, 4, 4, 1},    {2, 2, 3, 5, 5, 1},
    {1, 5, 4, 3, 3, 0},   {1, 3, 7, 13, 11, 1},  {1, 2, 3, 3, 71, 1},  {1, 3, 2, 67, 2, 1},   {1, 2, 6, 17, 19, 0},
    {1, 2, 2, 6, 7, 2},   {2, 1, 1, 1, 1, 3},    {16, 3, 5, 7, 7, 1},  {17, 5, 13, 8, 8, 1},  {33, 2, 3, 4, 4, 1},
    {1, 129, 3, 5, 5, 1}, {1, 3, 67, 5, 5, 1},   {1, 300, 5, 8, 8, 1}, {1, 7, 12, 29, 31, 1}, {1, 1, 6, 28, 28, 1},
    {1, 3, 8, 32, 32, 1}, {2, 40, 9, 66, 64, 1}, {3, 1, 20, 9, 16, 1},
};

struct Problem {
  explicit Problem(const ConvShape& s)
      : shape(s),
        input(RandomFloats(s.InputSize(), kSeed)),
        weights(RandomFloats(s.FilterSize(), kSeed + 1)),
        bias(RandomFloats(s.out_channels, kSeed + 2)),
        residual(RandomFloats(s.OutputSize(), kSeed + 3)) {}

  std::vector<double> Reference(const ConvPlanOptions& options, bool with_bias) const {
    std::vector<double> output =
        DirectConv(shape, input, weights, with_bias ? std::span<const float>(bias) : std::span<const float>());
    for (size_t i = 0; i < output.size(); ++i) {
      if (options.residual) output[i] += residual[i];
      if (options.relu) output[i] = std::max(output[i], 0.0);
    }
    return output;
  }

  ImageSizes In() const { return {shape.batch, shape.in_channels, shape.height * shape.width}; }
  ImageSizes Out() const { return {shape.batch, shape.out_channels, shape.OutHeight() * shape.OutWidth()}; }

  ConvShape shape;
  std::vector<float> input, weights, bias, residual;
};

// `threads` nearly equal ranges, one after another.
struct CutFor {
  int threads;

  void operator()(int64_t count, RangeBody body) const {
    for (int t = 0; t < threads; ++t) body(count * t / threads, count * (t + 1) / threads, t);
  }
};

class DirectConvTest : public testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!IsaAvailable(GetParam())) GTEST_SKIP() << "this machine does not run " << IsaName(GetParam());
  }

  // Runs with every buffer guarded, whole tensors and scratch full of NaN. The output in NCHW.
  std::vector<float> CheckRun(const Problem& problem, ConvPlanOptions options, bool with_bias) {
    options.isa = GetParam();
    options.multiply = MultiplyKind::kDirect;
    SCOPED_TRACE(testing::Message() << problem.shape.ToString() << " threads " << options.threads << " "
                                    << TensorLayoutName(options.layout) << (options.residual ? " residual" : "")
                                    << (options.relu ? " relu" : ""));
    const std::span<const float> bias = with_bias ? std::span<const float>(problem.bias) : std::span<const float>();
    const Result<ConvPlan> plan = MakeConvPlanFromWeights(options, problem.weights, bias);
    EXPECT_TRUE(plan) << plan.error().ToString();
    const std::vector<float> given = InLayout(options.layout, problem.In(), problem.input);
    const int misalign = problem.shape.batch % 2 == 0 ? 0 : 3;
    GuardedBuffer input(plan->InputElements(), misalign), output(plan->OutputElements(), misalign);
    GuardedBuffer scratch(static_cast<int64_t>(plan->ScratchBytes() / sizeof(float)));
    std::copy(given.begin(), given.end(), input.data());
    const auto bytes = std::as_writable_bytes(scratch.span());
    if (options.residual) {
      // In the output itself, as it may be.
      const std::vector<float> residual = InLayout(options.layout, problem.Out(), problem.residual);
      std::copy(residual.begin(), residual.end(), output.data());
      kernels::RunWithResidual(*plan, input.span(), output.span(), output.span(), bytes, CutFor{options.threads});
    } else {
      kernels::Run(*plan, input.span(), output.span(), bytes, CutFor{options.threads});
    }
    std::vector<float> found = InNchw(options.layout, problem.Out(), output.span());
    EXPECT_LE(RelativeError(found, problem.Reference(options, with_bias)), kMaxError);
    EXPECT_TRUE(input.IsIntact() && output.IsIntact() && scratch.IsIntact());
    EXPECT_EQ(std::memcmp(given.data(), input.data(), given.size() * sizeof(float)), 0);
    return found;
  }
};

TEST_P(DirectConvTest, IsTheConvolutionOnEveryShape) {
  bool relu = false;
  for (const ConvShape& shape : kShapes) {
    const Problem problem(shape);
    for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
      for (const bool residual : {false, true}) {
        relu = !relu;
        CheckRun(problem, {.shape = shape, .layout = layout, .residual = residual, .relu = relu}, !residual);
      }
    }
  }
}

// Threads cut a layer into other strips and channel parts, layouts into other vectors: every bit stays.
TEST_P(DirectConvTest, GivesTheSameBitsHoweverItIsCut) {
  for (const ConvShape& shape : kShapes) {
    const Problem problem(shape);
    const std::vector<float> once = CheckRun(problem, {.shape = shape}, true);
    for (const int threads : {2, 3, 64}) {
      for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
        EXPECT_EQ(CheckRun(problem, {.shape = shape, .threads = threads, .layout = layout}, true), once)
            << shape.ToString() << " threads " << threads;
      }
    }
  }
}

TEST_P(DirectConvTest, KeepsImagesApart) {
  const ConvShape shape{3, 4, 4, 6, 6, 1};
  for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
    Problem problem(shape);
    const ConvPlanOptions options{
        .shape = shape, .isa = GetParam(), .multiply = MultiplyKind::kDirect, .layout = layout};
    const ConvPlan plan = MakeConvPlanFromWeights(options, problem.weights).value();
    ScratchBuffer scratch(plan.ScratchBytes());
    const auto run = [&] {
      std::vector<float> output(static_cast<size_t>(plan.OutputElements()));
      kernels::Run(plan, InLayout(layout, problem.In(), problem.input), output, scratch.bytes(), SerialFor);
      return InNchw(layout, problem.Out(), output);
    };
    const std::vector<float> clean = run();
    const int64_t image = shape.in_channels * shape.height * shape.width, out_image = shape.OutputSize() / 3;
    std::fill_n(problem.input.begin() + image, image, std::numeric_limits<float>::infinity());
    const std::vector<float> dirty = run();
    EXPECT_TRUE(std::equal(clean.begin(), clean.begin() + out_image, dirty.begin()));
    EXPECT_TRUE(std::equal(clean.begin() + 2 * out_image, clean.end(), dirty.begin() + 2 * out_image));
  }
}

TEST_P(DirectConvTest, RunsOnThreadsAtOnce) {
  const ConvShape shape{2, 5, 16, 20, 20, 1};
  const Problem problem(shape);
  const std::vector<float> serial = CheckRun(problem, {.shape = shape}, true);
  const ConvPlanOptions options{.shape = shape, .isa = GetParam(), .multiply = MultiplyKind::kDirect, .threads = 3};
  const ConvPlan plan = MakeConvPlanFromWeights(options, problem.weights, problem.bias).value();
  ScratchBuffer scratch(plan.ScratchBytes());
  std::vector<float> output(static_cast<size_t>(shape.OutputSize()));
  kernels::Run(plan, problem.input, output, scratch.bytes(), [](int64_t count, RangeBody body) {
    std::vector<std::thread> pool;
    for (int t = 0; t < 3; ++t) pool.emplace_back([=] { body(count * t / 3, count * (t + 1) / 3, t); });
    for (std::thread& thread : pool) thread.join();
  });
  EXPECT_EQ(output, serial);
}

INSTANTIATE_TEST_SUITE_P(All, DirectConvTest, testing::Values(Isa::kScalar, Isa::kAvx2, Isa::kAvx512),
                         [](const testing::TestParamInfo<Isa>& isa) { return std::string(IsaName(isa.param)); });

}  // namespace
}  // namespace winnow::kernels
