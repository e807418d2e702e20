// Plans of filters that were packed before: the same output bit for bit as of the filter itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/filter/packed_file.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/kernels/isa_variant_test_fixture.h"
#include "tests/unit/kernels/plan/conv_problem.h"

namespace winnow::kernels {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr uint32_t kSeed = 47;

std::vector<float> OutputOf(const ConvPlan& plan, const std::vector<float>& input) {
  std::vector<float> output(static_cast<size_t>(plan.OutputElements()));
  ScratchBuffer scratch(plan.ScratchBytes());
  Run(plan, input, output, scratch.bytes(), SerialFor);
  return output;
}

class ConvFromPackedTest : public IsaVariantTest {
 protected:
  ConvPlanOptions Options(const ConvShape& shape) const {
    return {.shape = shape, .variant = variant(), .isa = isa(), .multiply = MultiplyKind::kSparse};
  }
};

TEST_P(ConvFromPackedTest, UsesAMappedFilterWithoutACopy) {
  const winnow::testing::TempFolder folder;
  for (const ConvShape& shape : {ConvShape{1, 1, 1, 1, 1, 1}, {2, 3, 7, 13, 11, 1}, {3, 301, 5, 9, 8, 0}}) {
    SCOPED_TRACE(::testing::Message() << shape.ToString() << " seed " << kSeed);
    const ConvProblem problem(shape, variant(), 0.4, kSeed);
    const auto plan = MakeConvPlan(Options(shape), problem.q, problem.bias);
    ASSERT_TRUE(plan) << plan.error().ToString();
    ASSERT_NE(plan->packed_filter(), nullptr);
    const auto path = folder / "filter.wpf";
    ASSERT_TRUE(WritePackedFilter(*plan->packed_filter(), path).ok());
    auto mapped = MapPackedFilter(path);
    ASSERT_TRUE(mapped) << mapped.error().ToString();
    const float* const weights = mapped->weights();
    const auto from_file = MakeConvPlanFromPacked(Options(shape), std::move(*mapped), problem.bias);
    ASSERT_TRUE(from_file) << from_file.error().ToString();
    EXPECT_EQ(from_file->packed_filter()->weights(), weights);
    EXPECT_EQ(from_file->Nonzeros(), plan->Nonzeros());
    EXPECT_EQ(from_file->FilterBytes(), plan->FilterBytes());
    EXPECT_EQ(OutputOf(*from_file, problem.input), OutputOf(*plan, problem.input));
  }
}

TEST_P(ConvFromPackedTest, UsesGroupsOfAFilter) {
  const ConvShape shape{2, 13, 22, 9, 8, 1};
  ConvProblem problem(shape, variant(), 1.0, kSeed);
  PruneByGroups(0.7, 4, shape.out_channels, kSeed, problem.q);
  ConvPlanOptions options = Options(shape);
  options.multiply.reset();
  const auto plan = MakeConvPlan(options, problem.q, problem.bias);
  ASSERT_TRUE(plan);
  ASSERT_NE(plan->packed_filter(), nullptr);
  EXPECT_EQ(plan->packed_filter()->RowChannels(), 4);
  const auto other = PackedFilter::Pack(variant(), shape.out_channels, shape.in_channels, problem.q, {5, 64});
  ASSERT_TRUE(other);
  for (const PackedFilter& filter : {*plan->packed_filter(), *other}) {
    const auto from_packed = MakeConvPlanFromPacked(options, filter, problem.bias);
    ASSERT_TRUE(from_packed);
    EXPECT_EQ(from_packed->multiply(), MultiplyKind::kSparse);
    EXPECT_EQ(OutputOf(*from_packed, problem.input), OutputOf(*plan, problem.input));
  }
}

TEST_P(ConvFromPackedTest, PacksAFilterOfAnotherLayoutAnew) {
  const ConvShape shape{2, 13, 7, 9, 8, 1};
  const ConvProblem problem(shape, variant(), 0.4, kSeed);
  const auto packed = PackedFilter::Pack(variant(), shape.out_channels, shape.in_channels, problem.q, {3, 24});
  ASSERT_TRUE(packed);
  for (const MultiplyKind multiply : {MultiplyKind::kSparse, MultiplyKind::kDense}) {
    ConvPlanOptions options = Options(shape);
    options.multiply = multiply;
    const auto plan = MakeConvPlan(options, problem.q, problem.bias);
    const auto from_packed = MakeConvPlanFromPacked(options, *packed, problem.bias);
    ASSERT_TRUE(plan && from_packed);
    EXPECT_EQ(from_packed->multiply(), multiply);
    EXPECT_EQ(from_packed->packed_filter() == nullptr, multiply == MultiplyKind::kDense);
    EXPECT_EQ(from_packed->Density(), plan->Density());
    EXPECT_EQ(OutputOf(*from_packed, problem.input), OutputOf(*plan, problem.input));
  }
}

TEST_P(ConvFromPackedTest, ChoosesByDensityAsForTheFilterItself) {
  const ConvShape shape{1, 8, 8, 6, 6, 1};
  for (const double density : {0.3, 1.0}) {
    const ConvProblem problem(shape, variant(), density, kSeed);
    ConvPlanOptions options = Options(shape);
    options.multiply.reset();
    const auto plan = MakeConvPlan(options, problem.q);
    const auto packed = PackedFilter::Pack(variant(), 8, 8, problem.q, {8, 64});
    ASSERT_TRUE(plan && packed);
    const auto from_packed = MakeConvPlanFromPacked(options, *packed);
    ASSERT_TRUE(from_packed);
    EXPECT_EQ(from_packed->multiply(), plan->multiply());
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, ConvFromPackedTest, AllIsasAndVariants(), IsaCaseName);

TEST(ConvFromPacked, RefusesAFilterOfAnotherLayer) {
  constexpr auto kVariant = WinogradVariant::kF4K3;
  const auto packed = PackedFilter::Pack(kVariant, 3, 2, std::vector<float>(3 * 2 * 36, 1.0f), {2, 64});
  ASSERT_TRUE(packed);
  const ConvPlanOptions good{.shape = {1, 2, 3, 8, 8, 1}, .variant = kVariant};
  EXPECT_TRUE(MakeConvPlanFromPacked(good, *packed));
  ConvPlanOptions variant = good, in = good, out = good;
  variant.variant = WinogradVariant::kF2K3;
  in.shape.in_channels = 3;
  out.shape.out_channels = 1;
  for (const auto& [options, layer] : {std::pair(variant, "the layer is of F(2x2,3x3)"),
                                       {in, "3 output and 3 input"},
                                       {out, "1 output and 2 input"}}) {
    const auto plan = MakeConvPlanFromPacked(options, *packed);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(plan.error().message(),
                AllOf(HasSubstr(layer), HasSubstr("F(4x4,3x3) with 3 output and 2 input channels")));
  }
  const std::vector<float> bias = {1, NAN, 1};
  EXPECT_EQ(MakeConvPlanFromPacked(good, *packed, bias).error().code(), StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace winnow::kernels
