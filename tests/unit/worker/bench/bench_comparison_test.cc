#include "worker/bench/bench_comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// 21 rounds around `ms`, the same spread every time.
Json Times(double ms) {
  Json samples = Json::array();
  for (int i = -10; i <= 10; ++i) samples.push_back(ms * (1 + 0.001 * i));
  return {{"samples", samples}};
}

Json Row(double sparsity, double ours_ms, double direct_ms, const std::string& implementation = "brgconv") {
  Json peer = Times(direct_ms);
  peer["implementation"] = implementation;
  return {{"layer", {1, 64, 64, 56, 56}}, {"sparsity", sparsity},      {"threads", 1},
          {"variant", "F(4x4,3x3)"},      {"ours_ms", Times(ours_ms)}, {"peers", {{"onednn-direct", peer}}}};
}

Json Report(const std::string& machine, std::initializer_list<Json> rows) {
  return {{"fingerprint", {{"digest", machine}}}, {"rows", Json(rows)}};
}

TEST(CompareBenches, CallsARowSlowerByOurTimeInUnitsOfThePeers) {
  // The second machine is twice as slow at everything, and ours takes a tenth more on top in one row.
  const auto comparison = CompareBenches(Report("a", {Row(0.5, 1.0, 4.0), Row(0.9, 0.5, 4.0)}),
                                         Report("b", {Row(0.5, 2.0, 8.0), Row(0.9, 1.1, 8.0)}), {});
  ASSERT_TRUE(comparison) << comparison.error().ToString();
  ASSERT_EQ(comparison->rows.size(), 2U);
  EXPECT_EQ(comparison->rows[0].verdict, BenchVerdict::kSame);
  EXPECT_EQ(comparison->rows[0].yardstick, "onednn-direct");
  EXPECT_EQ(comparison->rows[1].verdict, BenchVerdict::kSlower);
  EXPECT_NEAR(comparison->rows[1].Change(), 0.1, 1e-9);
  EXPECT_TRUE(comparison->Regressed());
}

TEST(CompareBenches, CallsARowFasterAndNoRegression) {
  const auto comparison = CompareBenches(Report("a", {Row(0.5, 1.0, 4.0)}), Report("a", {Row(0.5, 0.8, 4.0)}), {});
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->rows[0].verdict, BenchVerdict::kFaster);
  EXPECT_FALSE(comparison->Regressed());
}

TEST(CompareBenches, LetsSmallChangesPass) {
  const Json before = Report("a", {Row(0.5, 1.0, 4.0)}), after = Report("a", {Row(0.5, 1.02, 4.0)});
  EXPECT_FALSE(CompareBenches(before, after, {})->Regressed());
  EXPECT_TRUE(CompareBenches(before, after, {.smallest_change = 0.01})->Regressed());
}

TEST(CompareBenches, TakesOurTimeAloneWhereThePeersDiffer) {
  const Json before = Report("a", {Row(0.5, 1.0, 4.0, "gemm")}), after = Report("a", {Row(0.5, 1.2, 9.0, "brgconv")});
  const auto comparison = CompareBenches(before, after, {});
  ASSERT_TRUE(comparison);
  EXPECT_EQ(comparison->rows[0].yardstick, "ms");
  EXPECT_TRUE(comparison->Regressed());
  const auto elsewhere = CompareBenches(before, Report("b", {Row(0.5, 1.2, 9.0, "brgconv")}), {});
  ASSERT_FALSE(elsewhere);
  EXPECT_EQ(elsewhere.error().code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(elsewhere.error().message(), HasSubstr("different machines"));
}

TEST(CompareBenches, NamesRowsThatOnlyOneReportHas) {
  const auto comparison =
      CompareBenches(Report("a", {Row(0.5, 1, 4), Row(0.6, 1, 4)}), Report("a", {Row(0.5, 1, 4), Row(0.7, 1, 4)}), {});
  ASSERT_TRUE(comparison);
  EXPECT_THAT(comparison->only_in_one, ElementsAre(HasSubstr("sparsity 0.7"), HasSubstr("sparsity 0.6")));
}

TEST(CompareBenches, RefusesWhatIsNoReportOfItsOwn) {
  const Json good = Report("a", {Row(0.5, 1, 4)});
  EXPECT_EQ(CompareBenches(Json::object(), good, {}).error().code(), StatusCode::kInvalidArgument);
  Json no_samples = good;
  no_samples["rows"][0]["ours_ms"].erase("samples");
  EXPECT_EQ(CompareBenches(good, no_samples, {}).error().code(), StatusCode::kInvalidArgument);
  EXPECT_EQ(CompareBenches(good, Report("a", {}), {}).error().code(), StatusCode::kFailedPrecondition);
}

}  // namespace
}  // namespace winnow::worker
