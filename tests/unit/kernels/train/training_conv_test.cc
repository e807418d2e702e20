// Every ISA x variant x layout x density x odd shape against the definitions in double.
#include "kernels/train/training_conv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "kernels/plan/scratch_buffer.h"
#include "tests/unit/kernels/guarded_buffer.h"
#include "tests/unit/kernels/isa_variant_test_fixture.h"
#include "tests/unit/kernels/random_floats.h"
#include "tests/unit/kernels/train/training_reference.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 77;

// batch, in, out, height, width, padding.
constexpr ConvShape kShapes[] = {{1, 1, 1, 1, 1, 1},   {2, 3, 2, 2, 2, 1},   {1, 2, 1, 4, 4, 1},  {2, 2, 3, 5, 5, 1},
                                 {1, 5, 4, 3, 3, 0},   {1, 3, 7, 13, 11, 1}, {1, 2, 3, 3, 71, 1}, {1, 3, 2, 67, 2, 1},
                                 {1, 2, 2, 6, 7, 2},   {2, 1, 1, 1, 1, 3},   {16, 3, 5, 7, 7, 1}, {17, 5, 3, 8, 8, 1},
                                 {33, 2, 3, 4, 4, 1},  {1, 70, 3, 5, 5, 1},  {1, 3, 67, 5, 5, 1}, {32, 9, 14, 10, 9, 1},
                                 {3, 130, 70, 4, 4, 1}};

// What two threads do at once.
void TwoThreads(int64_t count, RangeBody body) {
  std::thread other([&] {
    if (count > 1) body(count / 2, count, 1);
  });
  if (count > 0) body(0, count > 1 ? count / 2 : count, 0);
  other.join();
}

struct Problem {
  ConvShape shape;
  std::vector<float> x, q, dy, bias;
  std::vector<uint8_t> kept;  // empty: dense

  Problem(const ConvShape& shape, WinogradVariant variant, double density) : shape(shape) {
    x = RandomFloats(shape.InputSize(), kSeed);
    q = RandomFloats(shape.out_channels * shape.in_channels * Positions(variant), kSeed + 1);
    dy = RandomFloats(shape.OutputSize(), kSeed + 2);
    bias = RandomFloats(shape.out_channels, kSeed + 3);
    if (density >= 1) return;
    PruneRandomly(density, kSeed + 4, q);
    for (const float value : q) kept.push_back(value != 0 ? 1 : 0);
  }
};

// `fill` stands in the lanes past the last image.
std::vector<float> InLayout(TensorLayout layout, const ImageSizes& sizes, const std::vector<float>& nchw, float fill) {
  if (layout == TensorLayout::kNchw) return nchw;
  std::vector<float> blocked(ElementsIn(layout, sizes));
  NchwToBlocked(sizes, nchw.data(), blocked.data());
  const int64_t lanes = (sizes.batch - 1) % kImageBlock + 1,
                last = (sizes.Blocks() - 1) * sizes.channels * sizes.pixels;
  for (int64_t i = last * kImageBlock; i < static_cast<int64_t>(blocked.size()); ++i) {
    if (i % kImageBlock >= lanes) blocked[i] = fill;
  }
  return blocked;
}

std::vector<float> ToNchw(TensorLayout layout, const ImageSizes& sizes, std::span<const float> values) {
  std::vector<float> nchw(sizes.batch * sizes.channels * sizes.pixels);
  if (layout == TensorLayout::kNchw) {
    std::copy(values.begin(), values.end(), nchw.begin());
  } else {
    BlockedToNchw(sizes, values.data(), nchw.data());
  }
  return nchw;
}

void ExpectNear(std::span<const float> found, std::span<const double> expected, double tolerance, const char* what) {
  ASSERT_EQ(found.size(), expected.size()) << what;
  double largest = 0, worst = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    largest = std::max(largest, std::abs(expected[i]));
    const double error = std::abs(found[i] - expected[i]);
    worst = error > worst || std::isnan(error) ? error : worst;
    ASSERT_FALSE(std::isnan(found[i])) << what << " at " << i;
  }
  EXPECT_LE(worst, tolerance * std::max(largest, 1e-30)) << what << ": largest " << largest;
}

class TrainingConvTest : public IsaVariantTest {
 protected:
  double Tolerance() const { return variant() == WinogradVariant::kF2K3 ? 4e-6 : 4e-5; }

  // With V kept from Forward() to Backward() every bit stays.
  void ExpectTheSameFromSaved(const TrainingConv& conv, const std::vector<float>& x, const std::vector<float>& dy,
                              const std::vector<float>& bias, const TrainingGradients& wanted,
                              std::span<const float> y) {
    const ConvShape& s = conv.options().shape;
    GuardedBuffer saved(conv.SavedFloats()), own_y(static_cast<int64_t>(y.size()), 1);
    const ImageSizes in{s.batch, s.in_channels, s.height * s.width};
    GuardedBuffer dx(ElementsIn(conv.options().layout, in), 3);
    GuardedBuffer dq(s.out_channels * s.in_channels * Positions(variant()), 1);
    GuardedBuffer forward(static_cast<int64_t>(conv.ForwardScratchBytes() / sizeof(float)));
    GuardedBuffer backward(static_cast<int64_t>(conv.BackwardScratchBytes() / sizeof(float)));
    conv.Forward(x.data(), bias.data(), own_y.data(), std::as_writable_bytes(forward.span()), TwoThreads, saved.data());
    const TrainingGradients own{wanted.dx != nullptr ? dx.data() : nullptr, dq.data(), wanted.scale};
    conv.Backward(nullptr, dy.data(), own, std::as_writable_bytes(backward.span()), TwoThreads, saved.data());
    EXPECT_TRUE(std::equal(y.begin(), y.end(), own_y.data()));
    EXPECT_TRUE(std::equal(wanted.dq, wanted.dq + dq.span().size(), dq.data()));
    if (wanted.dx != nullptr) {
      EXPECT_TRUE(std::equal(wanted.dx, wanted.dx + dx.span().size(), dx.data()));
    }
    EXPECT_TRUE(saved.IsIntact());
  }

  void Check(const Problem& problem, TensorLayout layout, int threads, bool wants_dx, bool scaled) {
    const ConvShape& s = problem.shape;
    SCOPED_TRACE(testing::Message() << s.ToString() << " " << TensorLayoutName(layout) << " threads " << threads
                                    << (problem.kept.empty() ? " dense" : " sparse") << " seed " << kSeed);
    Result<TrainingConv> conv = TrainingConv::Make(
        {.shape = s, .variant = variant(), .isa = isa(), .threads = threads, .layout = layout}, problem.kept);
    ASSERT_TRUE(conv) << conv.error().ToString();
    const ImageSizes in{s.batch, s.in_channels, s.height * s.width};
    const ImageSizes out{s.batch, s.out_channels, s.OutHeight() * s.OutWidth()};
    const std::vector<float> x = InLayout(layout, in, problem.x, 3.0f), dy = InLayout(layout, out, problem.dy, 0.0f);
    GuardedBuffer y(ElementsIn(layout, out), 1), dx(ElementsIn(layout, in), 3);
    GuardedBuffer dq(static_cast<int64_t>(problem.q.size()), 1);
    GuardedBuffer forward(static_cast<int64_t>(conv->ForwardScratchBytes() / sizeof(float)));
    GuardedBuffer backward(static_cast<int64_t>(conv->BackwardScratchBytes() / sizeof(float)));
    std::vector<float> scale(Positions(variant()));
    for (size_t i = 0; i < scale.size(); ++i) scale[i] = 0.5f + static_cast<float>(i);

    conv->SetFilter(std::vector<float>(problem.q.size(), 9.0f), TwoThreads);  // a step before
    conv->SetFilter(problem.q, TwoThreads);
    conv->Forward(x.data(), problem.bias.data(), y.data(), std::as_writable_bytes(forward.span()), TwoThreads);
    const TrainingGradients wanted{wants_dx ? dx.data() : nullptr, dq.data(), scaled ? scale.data() : nullptr};
    conv->Backward(x.data(), dy.data(), wanted, std::as_writable_bytes(backward.span()), TwoThreads);

    ExpectTheSameFromSaved(*conv, x, dy, problem.bias, wanted, y.span());
    TrainingReference expected(s, variant(), problem.x, problem.q, problem.dy);
    for (size_t i = 0; i < expected.y.size(); ++i) expected.y[i] += problem.bias[i / out.pixels % s.out_channels];
    for (size_t i = 0; i < expected.dq.size(); ++i) {
      if (!problem.kept.empty() && problem.kept[i] == 0) expected.dq[i] = 0;
      if (scaled) expected.dq[i] *= scale[i % scale.size()];
    }
    ExpectNear(ToNchw(layout, out, y.span()), expected.y, Tolerance(), "y");
    if (wants_dx) ExpectNear(ToNchw(layout, in, dx.span()), expected.dx, Tolerance(), "dx");
    ExpectNear(dq.span(), expected.dq, Tolerance(), "dq");
    for (size_t i = 0; i < problem.kept.size(); ++i) {
      const bool exact = problem.kept[i] != 0 || (dq.span()[i] == 0 && !std::signbit(dq.span()[i]));
      ASSERT_TRUE(exact) << i;
    }
    EXPECT_TRUE(y.IsIntact() && dx.IsIntact() && dq.IsIntact() && forward.IsIntact() && backward.IsIntact());
  }
};

TEST_P(TrainingConvTest, MatchesTheDefinitions) {
  for (const ConvShape& shape : kShapes) {
    for (const double density : {0.0, 0.1, 0.5, 1.0}) {
      const Problem problem(shape, variant(), density);
      for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
        Check(problem, layout, /*threads=*/2, /*wants_dx=*/true, /*scaled=*/density == 0.5);
        if (HasFatalFailure()) return;
      }
    }
  }
}

TEST_P(TrainingConvTest, LeavesOutTheGradientOfTheInput) {
  const Problem problem({5, 4, 6, 9, 9, 1}, variant(), 0.3);
  Check(problem, TensorLayout::kNchw, 1, /*wants_dx=*/false, /*scaled=*/false);
  Check(problem, TensorLayout::kBlocked16, 1, /*wants_dx=*/false, /*scaled=*/true);
}

TEST_P(TrainingConvTest, MoreThreadsThanImages) {
  const Problem problem({3, 4, 6, 9, 9, 1}, variant(), 0.3);
  Check(problem, TensorLayout::kNchw, 16, true, false);
  Check(problem, TensorLayout::kBlocked16, 16, true, false);
}

// Long sums: many tiles a coefficient.
TEST_P(TrainingConvTest, ManyTiles) {
  for (const double density : {0.2, 1.0}) {
    const Problem problem({32, 8, 7, 32, 32, 1}, variant(), density);
    Check(problem, TensorLayout::kBlocked16, 2, true, false);
    Check(problem, TensorLayout::kNchw, 2, true, false);
  }
}

INSTANTIATE_TEST_SUITE_P(Isas, TrainingConvTest, AllIsasAndVariants(), IsaCaseName);

TEST(TrainingConvRefusals, NameTheFault) {
  const ConvShape shape{1, 2, 3, 4, 4, 1};
  const auto message = [](const Result<TrainingConv>& made) { return made ? std::string() : made.error().message(); };
  EXPECT_NE(message(TrainingConv::Make({.shape = {}}, {})), "");
  EXPECT_NE(message(TrainingConv::Make({.shape = shape, .threads = 0}, {})).find("threads is 0"), std::string::npos);
  const std::vector<uint8_t> kept(7, 1);
  EXPECT_EQ(message(TrainingConv::Make({.shape = shape}, kept)),
            "training convolution: the pattern has 7 elements, the filter 216 coefficients");
}

}  // namespace
}  // namespace winnow::kernels
