// Every ISA x vectors x output channels a row, against plain loops in double.
#include "kernels/sparse/sparse_multiply.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "kernels/filter/packed_filter.h"
#include "tests/unit/kernels/guarded_buffer.h"
#include "tests/unit/kernels/plan/conv_problem.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 53;
constexpr auto kVariant = WinogradVariant::kF2K3;
constexpr int kPositions = 16;
constexpr int64_t kChannelBlock = 16;

class SparseMultiplyTest : public ::testing::TestWithParam<Isa> {
 protected:
  void SetUp() override {
    if (!IsaAvailable(GetParam())) GTEST_SKIP() << "this machine does not run " << IsaName(GetParam());
  }
};

// Position 0 of `packed` by V: M [out_channels][floats].
void Multiply(const PackedFilter& packed, const SparseKernel& kernel, const float* v, int64_t floats, float* m) {
  for (const PackedFilter::Block& block : packed.BlocksOf(0)) {
    SparsePanel panel;
    panel.rows = packed.rows() + block.row_begin;
    panel.remainder_end = block.remainder_end;
    panel.weights = packed.weights() + block.weight_begin;
    panel.indices = packed.indices() + block.index_begin;
    panel.v = v + block.first_channel * floats;
    panel.m = m;
    panel.m_stride = floats;
    panel.accumulate = block.first_channel != 0;
    kernel.Of(block.row_channels)(panel);
  }
}

std::vector<double> Expected(const std::vector<float>& q, const std::vector<float>& v, int64_t out_channels,
                             int64_t in_channels, int64_t floats) {
  std::vector<double> m(static_cast<size_t>(out_channels * floats), 0.0);
  for (int64_t o = 0; o < out_channels; ++o) {
    for (int64_t c = 0; c < in_channels; ++c) {
      const double weight = q[static_cast<size_t>((o * in_channels + c) * kPositions)];
      for (int64_t i = 0; i < floats; ++i) m[o * floats + i] += weight * v[c * floats + i];
    }
  }
  return m;
}

TEST_P(SparseMultiplyTest, MultipliesRowsOfAnyNumberOfOutputChannels) {
  for (int vectors = 1; vectors <= kMaxBlockVectors; ++vectors) {
    const SparseKernel& kernel = SparseKernelOf(GetParam(), vectors);
    const int64_t floats = vectors * IsaLanes(GetParam());
    for (const int64_t group : {1, 2, 4, 8}) {
      for (const int64_t out_channels : {8, 11, 23}) {
        for (const auto& [in_channels, density] : {std::pair(1, 0.5), {16, 1.0}, {37, 0.1}, {45, 0.4}}) {
          SCOPED_TRACE(testing::Message() << vectors << " vectors, groups of " << group << ", " << out_channels << "x"
                                          << in_channels << " density " << density << " seed " << kSeed);
          std::vector<float> q = RandomFloats(out_channels * in_channels * kPositions, kSeed);
          PruneByGroups(density, group, out_channels, kSeed + 1, q);
          const auto packed = PackedFilter::Pack(kVariant, out_channels, in_channels, q,
                                                 {kChannelBlock, floats * static_cast<int64_t>(sizeof(float))});
          ASSERT_TRUE(packed);
          if (group > 1) {
            EXPECT_GE(packed->RowChannels(), group);
          }
          const std::vector<float> v = RandomFloats(in_channels * floats, kSeed + 2);
          GuardedBuffer m(out_channels * floats);
          Multiply(*packed, kernel, v.data(), floats, m.data());
          EXPECT_TRUE(m.IsIntact());
          EXPECT_LE(RelativeError(m.span(), Expected(q, v, out_channels, in_channels, floats)), 1e-6);
        }
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kernels, SparseMultiplyTest, ::testing::Values(Isa::kScalar, Isa::kAvx2, Isa::kAvx512),
                         [](const auto& isa) { return std::string(IsaName(isa.param)); });

}  // namespace
}  // namespace winnow::kernels
