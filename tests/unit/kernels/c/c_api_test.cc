// The C functions do what the C++ ones do. What they refuse: c_refusals_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "kernels/c/winnow_kernels.h"
#include "kernels/plan/choices.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/kernels/c/c_caller.h"
#include "tests/unit/kernels/c/c_layer.h"
#include "tests/unit/kernels/plan/conv_problem.h"

namespace winnow::kernels {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// Two real threads, each with half of the items.
void TwoThreads(void*, int64_t count, winnow_range_body body, void* work) {
  std::thread other([=] { body(work, count / 2, count, 1); });
  body(work, 0, count / 2, 0);
  other.join();
}

TEST(CApi, HasTheVersionOfItsHeader) { EXPECT_STREQ(winnow_kernels_version(), WINNOW_KERNELS_VERSION); }

TEST(CApi, ConvolvesBySpatialWeights) {
  CLayer layer;
  CPlan plan;
  for (const int32_t variant : {WINNOW_F2X2_3X3, WINNOW_F4X4_3X3}) {
    layer.options.variant = variant;
    ASSERT_EQ(layer.Make(plan), WINNOW_OK) << winnow_last_error();
    layer.Fit(plan);
    ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, nullptr, nullptr), WINNOW_OK) << winnow_last_error();
    EXPECT_STREQ(winnow_last_error(), "");
    EXPECT_LE(RelativeError(layer.output, layer.Expected()), MaxRelativeError(WinogradVariant::kF4K3)) << variant;
  }
}

TEST(CApi, ConvolvesByCoefficientsPrunedInTheWinogradDomain) {
  CLayer layer;
  const ConvProblem problem(CLayer::kShape, WinogradVariant::kF2K3, 0.3, CLayer::kSeed);
  std::vector<float> q(problem.q.size());
  ASSERT_EQ(winnow_filter_transform(WINNOW_F2X2_3X3, problem.w.data(), problem.w.size(), q.data(), q.size()),
            WINNOW_OK);
  PruneRandomly(0.3, CLayer::kSeed + 3, q);
  EXPECT_EQ(q, problem.q);
  layer.options.variant = WINNOW_F2X2_3X3;
  winnow_conv_plan* made = nullptr;
  ASSERT_EQ(winnow_conv_plan_from_coefficients(&layer.options, q.data(), q.size(), problem.bias.data(),
                                               problem.bias.size(), &made),
            WINNOW_OK)
      << winnow_last_error();
  const CPlan plan(made);
  EXPECT_GT(winnow_conv_plan_density(made), 0.2);
  EXPECT_LT(winnow_conv_plan_density(made), 0.4);
  layer.input = problem.input;
  layer.Fit(plan);
  ASSERT_EQ(winnow_conv_run(made, &layer.buffers, nullptr, nullptr), WINNOW_OK) << winnow_last_error();
  EXPECT_LE(RelativeError(layer.output, problem.Reference(false)), MaxRelativeError(WinogradVariant::kF2K3));
}

TEST(CApi, RunsOnTheCallersThreads) {
  CLayer layer;
  layer.options.threads = 2;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK);
  layer.Fit(plan);
  ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, nullptr, nullptr), WINNOW_OK);
  const std::vector<float> serial = layer.output;
  std::fill(layer.output.begin(), layer.output.end(), -1.0f);
  ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, TwoThreads, nullptr), WINNOW_OK) << winnow_last_error();
  EXPECT_EQ(layer.output, serial);
}

TEST(CApi, RunsOnePlanFromManyThreadsAtOnce) {
  CLayer layer;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      CLayer own;
      own.Fit(plan);
      EXPECT_EQ(winnow_conv_run(plan.get(), &own.buffers, nullptr, nullptr), WINNOW_OK);
      EXPECT_LE(RelativeError(own.output, own.Expected()), MaxRelativeError(WinogradVariant::kF4K3));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(CApi, AddsAResidualEvenInPlaceAndClamps) {
  CLayer layer;
  layer.options.residual = layer.options.relu = 1;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK);
  layer.Fit(plan);
  layer.output = RandomFloats(CLayer::kShape.OutputSize(), CLayer::kSeed + 3);
  std::vector<double> expected = layer.Expected();
  for (size_t i = 0; i < expected.size(); ++i) expected[i] = std::max(expected[i] + layer.output[i], 0.0);
  layer.buffers.output = layer.output.data();
  layer.buffers.residual = layer.output.data();
  layer.buffers.residual_count = layer.output.size();
  ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, nullptr, nullptr), WINNOW_OK) << winnow_last_error();
  EXPECT_LE(RelativeError(layer.output, expected), MaxRelativeError(WinogradVariant::kF4K3));
}

TEST(CApi, ConvertsLayoutsBothWays) {
  CLayer layer;
  const ConvShape& s = CLayer::kShape;
  layer.options.layout = WINNOW_LAYOUT_BLOCKED16;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK);
  const std::vector<float> nchw = layer.input;
  layer.input.assign(winnow_conv_plan_input_elements(plan.get()), -1.0f);
  ASSERT_EQ(winnow_nchw_to_blocked16(s.batch, s.in_channels, s.height * s.width, nchw.data(), nchw.size(),
                                     layer.input.data(), layer.input.size()),
            WINNOW_OK)
      << winnow_last_error();
  layer.Fit(plan);
  ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, nullptr, nullptr), WINNOW_OK) << winnow_last_error();
  std::vector<float> output(static_cast<size_t>(s.OutputSize()));
  ASSERT_EQ(winnow_blocked16_to_nchw(s.batch, s.out_channels, s.OutHeight() * s.OutWidth(), layer.output.data(),
                                     layer.output.size(), output.data(), output.size()),
            WINNOW_OK)
      << winnow_last_error();
  layer.input = nchw;
  EXPECT_LE(RelativeError(output, layer.Expected()), MaxRelativeError(WinogradVariant::kF4K3));
}

TEST(CApi, ConvolvesDirectlyWhereAsked) {
  CLayer layer;
  layer.options.multiply = WINNOW_MULTIPLY_DIRECT;
  layer.options.isa = WINNOW_ISA_SCALAR;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK) << winnow_last_error();
  layer.Fit(plan);
  ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, nullptr, nullptr), WINNOW_OK) << winnow_last_error();
  EXPECT_LE(RelativeError(layer.output, layer.Expected()), MaxRelativeError(WinogradVariant::kF2K3));
  char text[128];
  winnow_conv_plan_describe(plan.get(), text, sizeof(text));
  EXPECT_STREQ(text, "direct scalar nchw, n2 c3 k4 h9 w7 p1, 1 thread, density 1.000");

  const std::vector<float> q(4 * 3 * 36, 1.0f);
  winnow_conv_plan* refused = nullptr;
  EXPECT_EQ(winnow_conv_plan_from_coefficients(&layer.options, q.data(), q.size(), nullptr, 0, &refused),
            WINNOW_INVALID_ARGUMENT);
  EXPECT_THAT(winnow_last_error(), ::testing::HasSubstr("spatial weights"));
}

TEST(CApi, DescribesAPlanAsSnprintfDoes) {
  CLayer layer;
  layer.options.multiply = WINNOW_MULTIPLY_SPARSE;
  layer.options.isa = WINNOW_ISA_SCALAR;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK);
  const std::string whole = "sparse scalar F(4x4,3x3) nchw, n2 c3 k4 h9 w7 p1, 1 thread, density 1.000";
  EXPECT_EQ(winnow_conv_plan_describe(plan.get(), nullptr, 0), whole.size());
  char buffer[128];
  EXPECT_EQ(winnow_conv_plan_describe(plan.get(), buffer, sizeof(buffer)), whole.size());
  EXPECT_EQ(buffer, whole);
  EXPECT_EQ(winnow_conv_plan_describe(plan.get(), buffer, 7), whole.size());
  EXPECT_STREQ(buffer, "sparse");
  EXPECT_EQ(winnow_conv_plan_describe(plan.get(), buffer, 0), whole.size());
  EXPECT_EQ(winnow_conv_plan_describe(nullptr, buffer, sizeof(buffer)), 0u);
  EXPECT_STREQ(buffer, "");
}

TEST(CApi, ChoosesAsTheKernelsDo) {
  CLayer layer;
  int32_t variant = 0, layout = -1;
  layer.options.isa = WINNOW_ISA_SCALAR;
  ASSERT_EQ(winnow_choose_variant(&layer.options, 0.3, &variant), WINNOW_OK);
  EXPECT_EQ(variant, TileOutputs(ChooseVariant(CLayer::kShape, 0.3, Isa::kScalar)));
  ASSERT_EQ(winnow_choose_layout(&layer.options, &layout), WINNOW_OK);
  EXPECT_EQ(layout, WINNOW_LAYOUT_NCHW);
  layer.options.batch = 16;
  ASSERT_EQ(winnow_choose_layout(&layer.options, &layout), WINNOW_OK);
  EXPECT_EQ(layout, WINNOW_LAYOUT_BLOCKED16);
}

TEST(CApi, ServesACallerWhoseHeaderHasMoreMembersAsLongAsTheyAreZero) {
  struct {
    winnow_conv_options known;
    int64_t added;
  } newer = {CLayer().options, 0};
  newer.known.struct_size = sizeof(newer);
  int32_t layout = -1;
  EXPECT_EQ(winnow_choose_layout(&newer.known, &layout), WINNOW_OK) << winnow_last_error();
  newer.added = 1;
  EXPECT_EQ(winnow_choose_layout(&newer.known, &layout), WINNOW_FAILED_PRECONDITION);
  EXPECT_THAT(winnow_last_error(), HasSubstr("a member at byte 88"));
}

TEST(CApi, RunsFromC) {
  const CLayer layer;
  const std::vector<double> expected = DirectConv(CLayer::kShape, layer.input, layer.weights);
  std::vector<float> output(expected.size());
  ASSERT_EQ(run_layer_from_c(layer.weights.data(), layer.input.data(), output.data(), layer.weights.size(),
                             layer.input.size(), output.size()),
            WINNOW_OK)
      << winnow_last_error();
  EXPECT_LE(RelativeError(output, expected), MaxRelativeError(WinogradVariant::kF4K3));
}

TEST(CApi, KeepsAPackedFilterInAFileFromWhichPlansAreMade) {
  const winnow::testing::TempFolder folder;
  const std::string path = folder / "layer.packed";
  CLayer layer;
  layer.options.multiply = WINNOW_MULTIPLY_SPARSE;
  CPlan plan;
  ASSERT_EQ(layer.Make(plan), WINNOW_OK);
  layer.Fit(plan);
  ASSERT_EQ(winnow_conv_run(plan.get(), &layer.buffers, nullptr, nullptr), WINNOW_OK);
  const std::vector<float> expected = layer.output;
  ASSERT_EQ(winnow_conv_plan_write_packed(plan.get(), path.c_str()), WINNOW_OK) << winnow_last_error();
  // As it is packed; for threads that want it otherwise; and unpacked.
  for (const auto& [threads, multiply] : {std::pair(1, WINNOW_MULTIPLY_SPARSE), std::pair(3, WINNOW_MULTIPLY_SPARSE),
                                          std::pair(1, WINNOW_MULTIPLY_DENSE)}) {
    layer.options.threads = threads;
    layer.options.multiply = multiply;
    winnow_conv_plan* made = nullptr;
    ASSERT_EQ(winnow_conv_plan_from_packed(&layer.options, path.c_str(), layer.bias.data(), layer.bias.size(), &made),
              WINNOW_OK)
        << winnow_last_error();
    const CPlan from_file(made);
    layer.Fit(from_file);
    ASSERT_EQ(winnow_conv_run(made, &layer.buffers, nullptr, nullptr), WINNOW_OK) << winnow_last_error();
    if (threads == 1 && multiply == WINNOW_MULTIPLY_SPARSE) {
      EXPECT_EQ(layer.output, expected);
    }
    EXPECT_LE(RelativeError(layer.output, layer.Expected()), MaxRelativeError(WinogradVariant::kF4K3));
  }
  // One that is mapped may be removed.
  layer.options.threads = 1;
  layer.options.multiply = WINNOW_MULTIPLY_SPARSE;
  winnow_conv_plan* made = nullptr;
  ASSERT_EQ(winnow_conv_plan_from_packed(&layer.options, path.c_str(), nullptr, 0, &made), WINNOW_OK);
  const CPlan mapped(made);
  std::filesystem::remove(path);
  layer.Fit(mapped);
  layer.bias.assign(layer.bias.size(), 0.0f);
  ASSERT_EQ(winnow_conv_run(made, &layer.buffers, nullptr, nullptr), WINNOW_OK);
  EXPECT_LE(RelativeError(layer.output, layer.Expected()), MaxRelativeError(WinogradVariant::kF4K3));
}

TEST(CApi, KeepsErrorsOfThreadsApart) {
  winnow_conv_plan* plan = nullptr;
  EXPECT_EQ(winnow_conv_plan_from_weights(nullptr, nullptr, 0, nullptr, 0, &plan), WINNOW_INVALID_ARGUMENT);
  EXPECT_THAT(winnow_last_error(), StartsWith("winnow_conv_options is NULL"));
  std::thread([] { EXPECT_STREQ(winnow_last_error(), ""); }).join();
}

}  // namespace
}  // namespace winnow::kernels
