#include "kernels/tuning/kernel_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/plan/blocking.h"

namespace winnow::kernels {
namespace {

using testing::AllOf;
using testing::Each;
using testing::Field;
using testing::Ge;
using testing::Le;
using testing::SizeIs;

constexpr ConvShape kLarge{16, 256, 256, 14, 14, 1};

auto Multiplies(MultiplyKind kind) { return Field(&KernelChoice::multiply, kind); }

TEST(KernelCandidates, BeginWithTheModelsChoice) {
  for (const double density : {0.05, 0.4, 0.7, 1.0}) {
    for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
      for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
        const ConvPlanOptions options{.shape = kLarge, .layout = layout};
        const std::vector<KernelChoice> candidates = KernelCandidates(options, isa, density);
        const MultiplyKind multiply = ChooseMultiply(options, isa, density);
        EXPECT_EQ(candidates[0].multiply, multiply);
        EXPECT_EQ(candidates[0].tuning, ChooseTuning(options, isa, multiply, density));
        EXPECT_THAT(candidates, SizeIs(AllOf(Ge(1u), Le(24u))));
      }
    }
  }
}

TEST(KernelCandidates, CutTheWorkEachInItsOwnWay) {
  for (const ConvShape& shape : {kLarge, ConvShape{1, 64, 64, 7, 7, 1}, ConvShape{1, 512, 64, 56, 56, 1}}) {
    const ConvPlanOptions options{.shape = shape, .threads = 2};
    const std::vector<KernelChoice> candidates = KernelCandidates(options, Isa::kAvx512, 0.5);
    for (size_t i = 0; i < candidates.size(); ++i) {
      const MultiplyKind kind = candidates[i].multiply;
      const ConvPlanOptions one = WithChoice(options, candidates[i]);
      EXPECT_TRUE(CheckTuning(one, Isa::kAvx512, kind).ok()) << candidates[i].ToString();
      for (size_t j = 0; j < i; ++j) {
        if (candidates[j].multiply != kind) continue;
        const ConvPlanOptions other = WithChoice(options, candidates[j]);
        EXPECT_FALSE(ChooseBlocking(one, Isa::kAvx512, kind, 0.5) == ChooseBlocking(other, Isa::kAvx512, kind, 0.5))
            << candidates[i].ToString() << " and " << candidates[j].ToString();
      }
    }
  }
}

TEST(KernelCandidates, AreOfTheMultiplicationsThatCanWin) {
  EXPECT_THAT(KernelCandidates({.shape = kLarge}, Isa::kAvx512, 0.1), Each(Multiplies(MultiplyKind::kSparse)));
  EXPECT_THAT(KernelCandidates({.shape = kLarge}, Isa::kAvx512, 1.0), Each(Multiplies(MultiplyKind::kDense)));
  const auto both = KernelCandidates({.shape = kLarge}, Isa::kAvx512, 0.7);
  EXPECT_THAT(both, testing::Contains(Multiplies(MultiplyKind::kDense)));
  EXPECT_THAT(both, testing::Contains(Multiplies(MultiplyKind::kSparse)));
}

TEST(KernelCandidates, KeepWhatIsForced) {
  EXPECT_THAT(KernelCandidates({.shape = kLarge, .multiply = MultiplyKind::kDense}, Isa::kAvx512, 0.1),
              Each(Multiplies(MultiplyKind::kDense)));
  const auto narrow = KernelCandidates({.shape = kLarge, .tuning = {.vectors = 2}}, Isa::kAvx512, 0.7);
  EXPECT_THAT(narrow, Each(Field(&KernelChoice::tuning, Field(&Tuning::vectors, std::optional(2)))));
  const auto panel = KernelCandidates({.shape = kLarge, .tuning = {.panel_bytes = 20000}}, Isa::kAvx512, 0.5);
  EXPECT_THAT(panel, Each(Field(&KernelChoice::tuning, Field(&Tuning::panel_bytes, std::optional<int64_t>(20000)))));
  const KernelChoice one{MultiplyKind::kSparse, {.vectors = 2, .panel_bytes = 8192}};
  EXPECT_THAT(KernelCandidates(WithChoice({.shape = kLarge}, one), Isa::kAvx512, 0.5), testing::ElementsAre(one));
}

TEST(KernelChoice, SaysWhatItIs) {
  EXPECT_EQ((KernelChoice{MultiplyKind::kSparse, {.vectors = 4, .panel_bytes = 32768}}.ToString()),
            "sparse, 4 vectors, panels of 32768 bytes");
  EXPECT_EQ((KernelChoice{MultiplyKind::kDense, {.vectors = 3}}.ToString()), "dense, 3 vectors");
}

}  // namespace
}  // namespace winnow::kernels
