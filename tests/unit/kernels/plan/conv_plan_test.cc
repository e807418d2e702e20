// Every ISA x variant x shape x density against plain loops in double.
#include "kernels/plan/conv_plan.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <vector>

#include "kernels/plan/scratch_buffer.h"
#include "kernels/reference/direct_conv.h"
#include "tests/unit/kernels/guarded_buffer.h"
#include "tests/unit/kernels/in_layout.h"
#include "tests/unit/kernels/isa_variant_test_fixture.h"
#include "tests/unit/kernels/plan/conv_problem.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 31;

// Sizes by kind. Of both variants: 1, m-1, m, m+1, primes, wide, tall, deep, one channel, odd channels, many images.
constexpr ConvShape kShapes[] = {
    {1, 1, 1, 1, 1, 1},   {2, 3, 2, 2, 2, 1},   {1, 1, 2, 3, 3, 1},   {1, 2, 1, 4, 4, 1},   {2, 2, 3, 5, 5, 1},
    {1, 5, 4, 3, 3, 0},   {1, 3, 7, 13, 11, 1}, {1, 2, 3, 3, 71, 1},  {1, 3, 2, 67, 2, 1},  {1, 2, 2, 17, 19, 0},
    {1, 2, 2, 6, 7, 2},   {2, 1, 1, 1, 1, 3},   {16, 3, 5, 7, 7, 1},  {17, 5, 3, 8, 8, 1},  {33, 2, 3, 4, 4, 1},
    {1, 129, 3, 5, 5, 1}, {1, 3, 67, 5, 5, 1},  {1, 300, 5, 8, 8, 1}, {2, 16, 20, 6, 6, 2}, {1, 7, 6, 29, 31, 1},
};

// Layers of real networks, in few channels or small images.
constexpr ConvShape kRealShapes[] = {
    {1, 64, 64, 14, 14, 1}, {2, 32, 32, 28, 28, 1}, {1, 128, 64, 7, 7, 1}, {1, 16, 16, 56, 56, 1}};

constexpr double kDensities[] = {0.0, ConvProblem::kOneCoefficient, 0.1, 0.5, 1.0};

class ConvPlanTest : public IsaVariantTest {
 protected:
  // Runs with every buffer guarded and checks against `expected`.
  void CheckRun(const ConvProblem& problem, const ConvPlanOptions& options, std::span<const double> expected) {
    SCOPED_TRACE(testing::Message() << problem.shape.ToString() << " threads " << options.threads << " seed " << kSeed
                                    << (options.multiply == MultiplyKind::kDense ? " dense " : " sparse ")
                                    << TensorLayoutName(options.layout) << (options.residual ? " residual" : ""));
    const Result<ConvPlan> plan = MakeConvPlan(options, problem.q, problem.bias);
    ASSERT_TRUE(plan) << plan.error().ToString();
    const ConvShape& s = problem.shape;
    const ImageSizes in{s.batch, s.in_channels, s.height * s.width};
    const ImageSizes out{s.batch, s.out_channels, s.OutHeight() * s.OutWidth()};
    ASSERT_EQ(plan->InputElements(), ElementsIn(options.layout, in));
    ASSERT_EQ(plan->OutputElements(), ElementsIn(options.layout, out));
    const std::vector<float> given = InLayout(options.layout, in, problem.input);
    // Half the cases aligned as the fastest paths ask for, half not at all.
    const bool aligned = s.batch % 2 == 0;
    GuardedBuffer input(plan->InputElements(), aligned ? 0 : 3);
    std::copy(given.begin(), given.end(), input.data());
    GuardedBuffer output(plan->OutputElements(), aligned ? 0 : 1);
    GuardedBuffer scratch(static_cast<int64_t>(plan->ScratchBytes() / sizeof(float)));
    const auto bytes = std::as_writable_bytes(scratch.span());
    std::vector<double> wanted(expected.begin(), expected.end());
    if (options.residual) {
      const std::vector<float> residual = RandomFloats(s.OutputSize(), kSeed + 9);
      AddResidual(residual, options.relu, problem, wanted);
      const std::vector<float> blocked = InLayout(options.layout, out, residual);
      kernels::RunWithResidual(*plan, input.span(), blocked, output.span(), bytes, SerialFor);
    } else {
      kernels::Run(*plan, input.span(), output.span(), bytes, SerialFor);
    }
    EXPECT_LE(RelativeError(InNchw(options.layout, out, output.span()), wanted), MaxRelativeError(variant()));
    EXPECT_TRUE(output.IsIntact());
    EXPECT_TRUE(scratch.IsIntact());
    EXPECT_TRUE(input.IsIntact());
    EXPECT_EQ(std::memcmp(given.data(), input.data(), given.size() * sizeof(float)), 0);
  }

  // The sum before the clamp, so from the reference without one.
  static void AddResidual(const std::vector<float>& residual, bool relu, const ConvProblem& problem,
                          std::vector<double>& wanted) {
    wanted = problem.Reference(/*relu=*/false);
    for (size_t i = 0; i < wanted.size(); ++i) {
      wanted[i] += residual[i];
      if (relu) wanted[i] = std::max(wanted[i], 0.0);
    }
  }

  void CheckShape(const ConvShape& shape, double density, bool relu) {
    SCOPED_TRACE(testing::Message() << "density " << density);
    const ConvProblem problem(shape, variant(), density, kSeed);
    const std::vector<double> expected = problem.Reference(relu);
    ConvPlanOptions options{
        .shape = shape, .variant = variant(), .isa = isa(), .multiply = MultiplyKind::kSparse, .relu = relu};
    for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
      options.layout = layout;
      for (const MultiplyKind multiply : {MultiplyKind::kSparse, MultiplyKind::kDense}) {
        options.multiply = multiply;
        for (const int threads : {1, 64}) {  // the latter more than there are blocks: threads then share one
          options.threads = threads;
          CheckRun(problem, options, expected);
        }
      }
      options.residual = true;
      CheckRun(problem, options, expected);
      options.residual = false;
    }
  }
};

TEST_P(ConvPlanTest, IsWithinTheBoundOnEveryShapeAndDensity) {
  bool relu = false;
  for (const ConvShape& shape : kShapes) {
    for (double density : kDensities) {
      CheckShape(shape, density, relu);
      relu = !relu;
    }
  }
}

// Rows that serve several output channels, and the same numbers as rows that serve one.
TEST_P(ConvPlanTest, RunsFiltersWhoseOutputChannelsShareMasks) {
  for (const ConvShape& shape : kShapes) {
    for (const int64_t group : {2, 4, 8}) {
      SCOPED_TRACE(testing::Message() << "groups of " << group);
      ConvProblem problem(shape, variant(), 1.0, kSeed);
      PruneByGroups(0.4, group, shape.out_channels, kSeed + 3, problem.q);
      const std::vector<double> expected = problem.Reference(false);
      ConvPlanOptions options{.shape = shape, .variant = variant(), .isa = isa(), .multiply = MultiplyKind::kSparse};
      for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
        options.layout = layout;
        for (const int threads : {1, 64}) {
          options.threads = threads;
          CheckRun(problem, options, expected);
        }
      }
    }
  }
}

TEST_P(ConvPlanTest, IsWithinTheBoundOnRealLayers) {
  for (const ConvShape& shape : kRealShapes) {
    CheckShape(shape, 0.1, true);
    CheckShape(shape, 1.0, false);
  }
}

TEST_P(ConvPlanTest, IsTheDirectConvolutionForAnUnprunedFilter) {
  const ConvShape shape{3, 24, 20, 11, 10, 1};
  const ConvProblem problem(shape, variant(), 1.0, kSeed);
  const std::vector<double> expected = DirectConv(shape, problem.input, problem.w, problem.bias);
  CheckRun(problem, {.shape = shape, .variant = variant(), .isa = isa()}, expected);
}

// Coefficients pruned by spatial structure: whole rows and columns of the transformed filter are zero.
TEST_P(ConvPlanTest, RunsSpatiallyPrunedFilters) {
  const ConvShape shape{2, 12, 10, 9, 9, 1};
  ConvProblem problem(shape, variant(), 1.0, kSeed);
  for (size_t f = 0; f * 9 < problem.w.size(); ++f) {
    for (int k = 0; k < 9; ++k) {
      const bool border_row = f % 3 == 0 && k < 3;
      const bool corner = f % 3 == 1 && k == 8;
      if (border_row || corner || f % 5 == 4) problem.w[f * 9 + k] = 0;
    }
  }
  FilterTransform(variant(), shape.out_channels * shape.in_channels, problem.w, problem.q);
  const ConvPlanOptions options{.shape = shape, .variant = variant(), .isa = isa(), .multiply = MultiplyKind::kSparse};
  CheckRun(problem, options, DirectConv(shape, problem.input, problem.w, problem.bias));
  const Result<ConvPlan> plan = MakeConvPlan(options, problem.q, problem.bias);
  EXPECT_LT(plan->Density(), 0.9);
}

TEST_P(ConvPlanTest, RunsWithoutBias) {
  const ConvShape shape{1, 3, 4, 6, 6, 1};
  ConvProblem problem(shape, variant(), 0.5, kSeed);
  problem.bias.clear();
  CheckRun(problem, {.shape = shape, .variant = variant(), .isa = isa()}, problem.Reference(false));
}

TEST_P(ConvPlanTest, IsWithinTheBoundHoweverItIsTuned) {
  const ConvShape shape{17, 40, 9, 11, 10, 1};
  const ConvProblem problem(shape, variant(), 0.4, kSeed);
  const std::vector<double> expected = problem.Reference(false);
  ConvPlanOptions options{.shape = shape, .variant = variant(), .isa = isa()};
  for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
    const int unit = layout == TensorLayout::kNchw ? 1 : static_cast<int>(kImageBlock) / IsaLanes(isa());
    options.layout = layout;
    for (int vectors = unit; vectors <= 8; vectors += unit) {
      options.multiply = MultiplyKind::kSparse;
      for (const int64_t panel_bytes : {1000, 524280}) {
        options.tuning = {.vectors = vectors, .panel_bytes = panel_bytes};
        CheckRun(problem, options, expected);
        const ConvPlan plan = MakeConvPlan(options, problem.q).value();
        EXPECT_LE(plan.vectors(), vectors);
        EXPECT_LE(plan.channel_block() * plan.vectors() * IsaLanes(isa()) * 4, panel_bytes);
      }
      if (vectors > 4) continue;
      options.multiply = MultiplyKind::kDense;
      options.tuning = {.vectors = vectors};
      CheckRun(problem, options, expected);
      EXPECT_EQ(MakeConvPlan(options, problem.q)->channel_block(), shape.in_channels);
    }
  }
}

// An infinity in one image must stay in that image.
TEST_P(ConvPlanTest, KeepsImagesApart) {
  const ConvShape shape{3, 4, 4, 6, 6, 1};
  ConvProblem problem(shape, variant(), 0.5, kSeed);
  const ConvPlanOptions options{.shape = shape, .variant = variant(), .isa = isa()};
  const ConvPlan plan = MakeConvPlan(options, problem.q, problem.bias).value();
  ScratchBuffer scratch(plan.ScratchBytes());
  std::vector<float> clean(shape.OutputSize()), dirty(shape.OutputSize());
  kernels::Run(plan, problem.input, clean, scratch.bytes(), SerialFor);
  const int64_t image = shape.in_channels * shape.height * shape.width;
  std::fill_n(problem.input.begin() + image, image, std::numeric_limits<float>::infinity());
  kernels::Run(plan, problem.input, dirty, scratch.bytes(), SerialFor);
  const int64_t out_image = shape.OutputSize() / 3;
  EXPECT_TRUE(std::equal(clean.begin(), clean.begin() + out_image, dirty.begin()));
  EXPECT_TRUE(std::equal(clean.begin() + 2 * out_image, clean.end(), dirty.begin() + 2 * out_image));
}

INSTANTIATE_TEST_SUITE_P(All, ConvPlanTest, AllIsasAndVariants(), IsaCaseName);

TEST(ConvPlan, ReportsWhatItHolds) {
  const ConvShape shape{1, 8, 8, 6, 6, 1};
  ConvProblem problem(shape, WinogradVariant::kF4K3, 0.25, kSeed);
  const int64_t nonzeros = std::count_if(problem.q.begin(), problem.q.end(), [](float x) { return x != 0; });
  const ConvPlan plan = MakeConvPlan({.shape = shape, .threads = 2}, problem.q, problem.bias).value();
  EXPECT_EQ(plan.shape(), shape);
  EXPECT_EQ(plan.isa(), BestIsa());
  EXPECT_EQ(plan.multiply(), MultiplyKind::kSparse);
  EXPECT_EQ(plan.threads(), 2);
  EXPECT_EQ(plan.Nonzeros(), nonzeros);
  EXPECT_DOUBLE_EQ(plan.Density(), static_cast<double>(nonzeros) / (8 * 8 * 36));
  EXPECT_GT(plan.FilterBytes(), nonzeros * 6);
  EXPECT_GT(plan.ScratchBytes(), 0u);
  EXPECT_EQ(MakeConvPlan({.shape = shape}, ConvProblem(shape, WinogradVariant::kF4K3, 1.0, kSeed).q)->multiply(),
            MultiplyKind::kDense);
}

TEST(ConvPlan, NamesWhatItIs) {
  const std::vector<float> q(8 * 8 * 36, 1.0f);
  ConvPlanOptions options{.shape = {1, 8, 8, 6, 6, 1}, .isa = Isa::kScalar};
  EXPECT_EQ(MakeConvPlan(options, q)->ToString(),
            "dense scalar F(4x4,3x3) nchw, n1 c8 k8 h6 w6 p1, 1 thread, density 1.000");
  options.multiply = MultiplyKind::kSparse;
  options.threads = 3;
  options.layout = TensorLayout::kBlocked16;
  options.residual = options.relu = true;
  EXPECT_EQ(MakeConvPlan(options, q)->ToString(),
            "sparse scalar F(4x4,3x3) blocked16, n1 c8 k8 h6 w6 p1, 3 threads, density 1.000, residual, relu");
}

TEST(RunProfiled, ComputesTheSameAndTimesEveryPhase) {
  const ConvShape shape{2, 16, 16, 20, 20, 1};
  const ConvProblem problem(shape, WinogradVariant::kF4K3, 0.3, kSeed);
  for (int threads : {1, 64}) {
    const ConvPlan plan = MakeConvPlan({.shape = shape, .threads = threads}, problem.q, problem.bias).value();
    ScratchBuffer scratch(plan.ScratchBytes());
    std::vector<float> plain(shape.OutputSize()), profiled(shape.OutputSize());
    kernels::Run(plan, problem.input, plain, scratch.bytes(), SerialFor);
    const PhaseTimes times = RunProfiled(plan, problem.input, profiled, scratch.bytes(), SerialFor);
    EXPECT_EQ(plain, profiled);
    EXPECT_GT(times.input_transform_ns, 0);
    EXPECT_GT(times.multiply_ns, 0);
    EXPECT_GT(times.output_transform_ns, 0);
  }
}

}  // namespace
}  // namespace winnow::kernels
