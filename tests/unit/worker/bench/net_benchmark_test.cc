#include "worker/bench/net_benchmark.h"

#include <gtest/gtest.h>

#include "spec/data_set.h"
#include "spec/network.h"

namespace winnow::worker {
namespace {

std::shared_ptr<Net> Lenet() {
  const spec::DataSet data_set = *spec::FindDataSet("fashion-mnist");
  return *MakeNet(*spec::FindNetwork("lenet-5-3x3", 1.0, data_set), 1);
}

TimedLayer Layer(double ours, std::map<std::string, std::optional<double>> peers) {
  TimedLayer layer;
  layer.name = "conv";
  layer.timing.ours_ms.median = ours;
  for (const auto& [name, ms] : peers) {
    layer.timing.peers[name] = std::nullopt;
    if (ms) layer.timing.peers[name] = PeerTiming{.ms = {.median = *ms}, .implementation = "i", .ratio = *ms / ours};
  }
  return layer;
}

TEST(ProblemsOf, ConvertsSpatialLayersAndTakesWinogradOnesAsTheyAre) {
  const std::shared_ptr<Net> net = Lenet();
  const std::vector<std::string> exclude = {"conv0"};
  const auto spatial = ProblemsOf(*net, exclude, 4, 2);
  ASSERT_TRUE(spatial) << spatial.error().ToString();
  ASSERT_EQ(spatial->size(), 3U);
  EXPECT_EQ((*spatial)[0].layer, "conv1");
  EXPECT_EQ((*spatial)[0].problem.shape.batch, 2);
  EXPECT_EQ((*spatial)[0].problem.shape.height, 32);
  for (ConvUnit* unit : net->Prunable(exclude)) ASSERT_TRUE(ConvertToWinograd(*unit, 4).ok());
  const auto converted = ProblemsOf(*net, exclude, 4, 2);
  ASSERT_TRUE(converted);
  // The same layer either way: folding before conversion or after.
  for (size_t i = 0; i < 3; ++i) {
    const std::vector<float>&a = (*spatial)[i].problem.q, &b = (*converted)[i].problem.q;
    ASSERT_EQ(a.size(), b.size());
    for (size_t j = 0; j < a.size(); ++j) ASSERT_NEAR(a[j], b[j], 1e-5F) << i << " " << j;
  }
  EXPECT_EQ(ProblemsOf(*net, exclude, 2, 2).error().code(), StatusCode::kFailedPrecondition);
}

TEST(BenchmarkRow, SumsLayersAndFallsBackFromWinogradToDirect) {
  BenchmarkRow row;
  row.layers = {Layer(1, {{"onednn-direct", 5}, {"onednn-winograd", 3}, {"torch", std::nullopt}}),
                Layer(2, {{"onednn-direct", 7}, {"onednn-winograd", std::nullopt}, {"torch", 1}})};
  EXPECT_DOUBLE_EQ(row.OursMs(), 3);
  EXPECT_DOUBLE_EQ(*row.PeerMs("onednn-direct"), 12);
  EXPECT_DOUBLE_EQ(*row.PeerMs("onednn-winograd"), 10);
  EXPECT_FALSE(row.PeerMs("torch"));
  EXPECT_FALSE(row.PeerMs("unknown"));
  const std::vector<std::string> peers = {"onednn-direct", "torch"};
  const Json json = row.ToJson(peers);
  EXPECT_EQ(json.at("ratios").at("onednn-direct"), 4.0);
  EXPECT_TRUE(json.at("ratios").at("torch").is_null());
  EXPECT_TRUE(json.at("layers")[0].at("peers").at("torch").is_null());
}

TEST(BenchmarkRow, HasNoTimeOfAPeerThatRanNoLayer) {
  BenchmarkRow row;
  row.layers = {Layer(1, {{"onednn-direct", 5}, {"onednn-winograd", std::nullopt}}),
                Layer(2, {{"onednn-direct", 7}, {"onednn-winograd", std::nullopt}})};
  EXPECT_FALSE(row.PeerMs("onednn-winograd")) << "direct convolution under another name";
  EXPECT_DOUBLE_EQ(*row.PeerMs("onednn-direct"), 12);
}

TEST(TimeRow, TimesEveryLayerOfANet) {
  const std::shared_ptr<Net> net = Lenet();
  const auto problems = ProblemsOf(*net, {}, 2, 1);
  ASSERT_TRUE(problems);
  const std::vector<std::string> peers = {"torch"};
  int asked = 0;
  const auto row = TimeRow(*problems, peers, 1, 3, [&] { return ++asked > 0; });
  ASSERT_TRUE(row) << row.error().ToString();
  ASSERT_TRUE(*row);
  EXPECT_EQ((*row)->layers.size(), 4U);
  EXPECT_EQ((*row)->batch_size, 1);
  EXPECT_EQ((*row)->threads, 1);
  EXPECT_GT((*row)->OursMs(), 0);
  EXPECT_GE(asked, 4);
  EXPECT_FALSE(*TimeRow(*problems, peers, 1, 3, [] { return false; }));
}

}  // namespace
}  // namespace winnow::worker
