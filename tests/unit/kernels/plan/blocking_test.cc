#include "kernels/plan/blocking.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kernels/dense/dense_multiply.h"
#include "kernels/shape/tile_block.h"

namespace winnow::kernels {
namespace {

void CheckBlocking(const ConvPlanOptions& options, Isa isa, MultiplyKind multiply, double density) {
  SCOPED_TRACE(testing::Message() << options.shape.ToString() << " " << IsaName(isa) << " threads " << options.threads
                                  << " " << TensorLayoutName(options.layout));
  const Blocking blocking = ChooseBlocking(options, isa, multiply, density);
  ASSERT_GE(blocking.vectors, 1);
  ASSERT_LE(blocking.vectors, multiply == MultiplyKind::kDense ? kMaxDenseVectors : kMaxBlockVectors);
  EXPECT_EQ(blocking.FirstVector(0), 0);
  EXPECT_EQ(blocking.FirstVector(blocking.block_count), blocking.vector_count);
  for (int64_t b = 0; b < blocking.block_count; ++b) {
    const int64_t vectors = blocking.FirstVector(b + 1) - blocking.FirstVector(b);
    EXPECT_TRUE(vectors == blocking.vectors || vectors == blocking.vectors - blocking.unit) << vectors;
    EXPECT_GE(vectors, 1);
    EXPECT_EQ(vectors % blocking.unit, 0);
  }
  EXPECT_GE(blocking.channel_block, 1);
  EXPECT_LE(blocking.channel_block, options.shape.in_channels);
  if (multiply == MultiplyKind::kDense) return;
  EXPECT_LE((blocking.channel_block - 1) * blocking.vectors * IsaLanes(isa) * 4 / 8, 0xffff);
}

TEST(Blocking, CutsEvenlyAndWithinEveryLimit) {
  for (Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
    for (MultiplyKind multiply : {MultiplyKind::kDense, MultiplyKind::kSparse}) {
      for (int64_t side : {1, 7, 14, 57}) {
        for (int64_t channels : {1, 64, 100, 5000}) {
          for (int threads : {1, 2, 3, 64}) {
            for (TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
              CheckBlocking({.shape = {3, channels, 8, side, side, 1}, .threads = threads, .layout = layout}, isa,
                            multiply, 0.5);
              CheckBlocking({.shape = {3, channels, 8, side, side, 1}, .threads = threads, .layout = layout}, isa,
                            multiply, 0.1);
            }
          }
        }
      }
    }
  }
}

TEST(Blocking, GivesThreadsBlocksOnlyIfThereAreEnough) {
  const ConvShape large{16, 64, 64, 56, 56, 1};
  const Blocking many = ChooseBlocking({.shape = large, .threads = 2}, Isa::kAvx512, MultiplyKind::kSparse, 0.5);
  EXPECT_TRUE(many.split_tiles);
  EXPECT_EQ(many.block_count % 2, 0);
  const ConvShape small{1, 512, 512, 7, 7, 1};
  EXPECT_FALSE(ChooseBlocking({.shape = small, .threads = 2}, Isa::kAvx512, MultiplyKind::kSparse, 0.5).split_tiles);
}

TEST(Blocking, TakesNarrowBlocksForThinAndDeepFilters) {
  const ConvPlanOptions deep{.shape = {16, 512, 512, 14, 14, 1}}, shallow{.shape = {16, 256, 256, 14, 14, 1}};
  EXPECT_EQ(ChooseBlocking(deep, Isa::kAvx512, MultiplyKind::kSparse, 0.1).vectors, 2);
  EXPECT_EQ(ChooseBlocking(deep, Isa::kAvx512, MultiplyKind::kSparse, 0.3).vectors, 4);
  EXPECT_EQ(ChooseBlocking(shallow, Isa::kAvx512, MultiplyKind::kSparse, 0.1).vectors, 4);
}

TEST(Blocking, TakesTheDenseKernelForUnprunedFilters) {
  const ConvPlanOptions large{.shape = {16, 64, 64, 56, 56, 1}};
  EXPECT_EQ(ChooseMultiply(large, Isa::kAvx512, 1.0, 1), MultiplyKind::kDense);
  EXPECT_EQ(ChooseMultiply(large, Isa::kAvx512, 0.7, 1), MultiplyKind::kSparse);
  EXPECT_EQ(ChooseMultiply(large, Isa::kAvx512, 0.0, 1), MultiplyKind::kSparse);
  const ConvPlanOptions one_vector{.shape = {1, 512, 512, 7, 7, 1}, .variant = WinogradVariant::kF2K3};
  EXPECT_EQ(ChooseMultiply(one_vector, Isa::kAvx512, 0.7, 1), MultiplyKind::kDense);
  EXPECT_EQ(ChooseMultiply(one_vector, Isa::kAvx512, 0.5, 1), MultiplyKind::kSparse);
  EXPECT_EQ(ChooseMultiply(one_vector, Isa::kAvx512, 0.7, 4), MultiplyKind::kSparse);
  EXPECT_EQ(ChooseMultiply(one_vector, Isa::kAvx512, 1.0, 8), MultiplyKind::kDense);
}

TEST(Blocking, CutsAsForced) {
  ConvPlanOptions options{.shape = {16, 256, 64, 56, 56, 1}, .tuning = {.vectors = 6, .panel_bytes = 12 * 1024}};
  ASSERT_TRUE(CheckTuning(options, Isa::kAvx512, MultiplyKind::kSparse).ok());
  const Blocking blocking = ChooseBlocking(options, Isa::kAvx512, MultiplyKind::kSparse, 0.5);
  EXPECT_EQ(blocking.vectors, 6);
  EXPECT_EQ(blocking.channel_block, 32);  // of 6 * 64 bytes each
  options.tuning.panel_bytes.reset();
  EXPECT_EQ(ChooseBlocking(options, Isa::kAvx512, MultiplyKind::kSparse, 0.5).channel_block, 64);  // nearest to 32 KiB
}

TEST(Blocking, OfTheModelsTuningIsTheModels) {
  for (const double density : {0.1, 0.5}) {
    for (const TensorLayout layout : {TensorLayout::kNchw, TensorLayout::kBlocked16}) {
      for (const MultiplyKind multiply : {MultiplyKind::kDense, MultiplyKind::kSparse}) {
        for (const Isa isa : {Isa::kScalar, Isa::kAvx2, Isa::kAvx512}) {
          ConvPlanOptions options{.shape = {16, 512, 64, 14, 14, 1}, .threads = 2, .layout = layout};
          const Blocking model = ChooseBlocking(options, isa, multiply, density);
          options.tuning = ChooseTuning(options, isa, multiply, density);
          EXPECT_TRUE(CheckTuning(options, isa, multiply).ok());
          EXPECT_EQ(ChooseBlocking(options, isa, multiply, density), model);
        }
      }
    }
  }
}

TEST(Blocking, TellsWhatATuningMayBe) {
  const auto message = [](const Tuning& tuning, Isa isa, MultiplyKind multiply, TensorLayout layout) {
    return CheckTuning({.shape = {1, 8, 8, 8, 8, 1}, .layout = layout, .tuning = tuning}, isa, multiply).message();
  };
  const auto nchw = TensorLayout::kNchw, blocked = TensorLayout::kBlocked16;
  EXPECT_EQ(message({.vectors = 9}, Isa::kAvx512, MultiplyKind::kSparse, nchw),
            "convolution plan: tuning.vectors is 9; a sparse plan for avx512 nchw takes multiples of 1 up to 8");
  EXPECT_EQ(message({.vectors = 5}, Isa::kAvx512, MultiplyKind::kDense, nchw),
            "convolution plan: tuning.vectors is 5; a dense plan for avx512 nchw takes multiples of 1 up to 4");
  EXPECT_EQ(message({.vectors = 6}, Isa::kScalar, MultiplyKind::kSparse, blocked),
            "convolution plan: tuning.vectors is 6; a sparse plan for scalar blocked16 takes multiples of 4 up to 8");
  EXPECT_NE(message({.vectors = 0}, Isa::kAvx512, MultiplyKind::kSparse, nchw), "");
  EXPECT_EQ(message({.vectors = 2, .panel_bytes = 127}, Isa::kAvx512, MultiplyKind::kSparse, nchw),
            "convolution plan: tuning.panel_bytes is 127; a sparse plan for avx512 nchw takes 128 to 524280");
  EXPECT_EQ(message({.vectors = 2, .panel_bytes = 128}, Isa::kAvx512, MultiplyKind::kSparse, nchw), "");
  EXPECT_EQ(message({.panel_bytes = 524280}, Isa::kAvx512, MultiplyKind::kSparse, nchw), "");
  EXPECT_NE(message({.panel_bytes = 524288}, Isa::kAvx512, MultiplyKind::kSparse, nchw), "");
  EXPECT_EQ(message({.panel_bytes = 32768}, Isa::kAvx2, MultiplyKind::kDense, nchw),
            "convolution plan: tuning.panel_bytes is 32768; a dense plan for avx2 nchw takes none: only sparse plans "
            "have panels");
}

}  // namespace
}  // namespace winnow::kernels
