#include "worker/stage/bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

// Takes 1 ms where oneDNN's direct convolution takes `direct_ms`.
BenchRow RowOf(const kernels::ConvShape& shape, double sparsity, double direct_ms) {
  BenchRow row{.shape = shape, .sparsity = sparsity, .timing = {}, .repro = "winnow bench --layer x"};
  row.timing.ours_ms = {1, 1, 1, 1};
  row.timing.samples = {1};
  row.timing.kernel = "sparse scalar";
  row.timing.peak_gflops = 1000;
  row.timing.peers["onednn-direct"] =
      PeerTiming{{direct_ms, direct_ms, direct_ms, direct_ms}, {direct_ms}, "brgconv", direct_ms};
  return row;
}

constexpr kernels::ConvShape kOne{.batch = 1, .in_channels = 64, .out_channels = 64, .height = 56, .width = 56};
constexpr kernels::ConvShape kL1{.batch = 32, .in_channels = 128, .out_channels = 128, .height = 16, .width = 16};

TEST(BenchReport, TakesGeometricMeansByHundredthsOfSparsity) {
  const std::vector<BenchGeomean> means =
      Geomeans({RowOf(kOne, 0.63, 2), RowOf(kOne, 0.6300001, 8), RowOf(kOne, 0.9, 5)});
  ASSERT_EQ(means.size(), 2U);
  EXPECT_NEAR(means[0].vs.at("onednn-direct"), 4, 1e-12);
  EXPECT_NEAR(means[1].vs.at("onednn-direct"), 5, 1e-12);
}

TEST(BenchReport, CallsARunVoidInWhichTheRivalWasNotItself) {
  // 2.416 GFLOP, so at 1000 GFLOP/s of peak 2.416 ms at best.
  EXPECT_EQ(WhyVoid({RowOf(kL1, 0.5, 2.6)}), "");
  EXPECT_THAT(WhyVoid({RowOf(kL1, 0.5, 3.0)}), HasSubstr("0.81"));
  EXPECT_EQ(WhyVoid({RowOf(kOne, 0.5, 300)}), "") << "a layer that says nothing about it";
  EXPECT_THAT(Summary({RowOf(kL1, 0.5, 3.0)}), HasSubstr("VOID"));
}

TEST(BenchReport, SaysWhetherARowIsTuned) {
  BenchRow row = RowOf(kOne, 0.63, 2);
  row.timing.vectors = 6;
  row.timing.channel_block = 32;
  Json json = BenchJson({row}, {}).at("rows")[0];
  EXPECT_EQ(json.at("tuned"), false);
  EXPECT_EQ(json.at("vectors"), 6);
  EXPECT_EQ(json.at("channel_block"), 32);
  EXPECT_THAT(TableLine(row, {}), testing::Not(HasSubstr("tuned")));
  row.timing.tuned = true;
  EXPECT_EQ(BenchJson({row}, {}).at("rows")[0].at("tuned"), true);
  EXPECT_THAT(TableLine(row, {}), HasSubstr("sparse scalar tuned "));
}

TEST(BenchReport, CountsTheMultiplicationAgainstThePeakOfOneThread) {
  BenchRow row = RowOf(kOne, 0, 2);
  row.threads = 2;
  row.timing.nonzeros = 36 * 64 * 64;
  row.timing.phases.multiply_ns = 1'000'000;
  // 14 x 14 tiles, 2 operations a coefficient and tile: 57.8 MFLOP in 1 ms of one thread, of 500 GFLOP/s.
  EXPECT_NEAR(row.MultiplyShareOfPeak(), 2.0 * 196 * 36 * 64 * 64 / 1e6 / 500, 1e-12);
  const Json json = BenchJson({row}, {});
  EXPECT_NEAR(json.at("rows")[0].at("gflops_effective"), 2e-9 * 9 * 64 * 64 * 56 * 56 / 1e-3, 1e-9);
  EXPECT_EQ(json.at("rows")[0].at("repro"), "winnow bench --layer x");
  EXPECT_EQ(json.at("void"), "");
}

}  // namespace
}  // namespace winnow::worker
