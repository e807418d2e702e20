// Joining a trial's numbers from the results of its stages.
#include "server/coordinator/trial_result.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/json.h"
#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/stage_parameters.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Stage Succeeded(spec::StageKind kind, const std::string& result) {
  Stage stage;
  stage.kind = kind;
  stage.state = StageState::kSucceeded;
  stage.result_json = result;
  return stage;
}

Trial PrunedTrial() {
  Trial trial;
  trial.sweep = "a";
  trial.id = "f4-s30-w50";
  trial.tile_size = 4;
  trial.spatial_rate = 0.3;
  trial.winograd_rate = 0.5;
  return trial;
}

constexpr char kEvaluation[] = R"({
  "accuracy": 0.875, "correct": 875, "images": 1000, "loss": 0.4, "seconds": 1.0,
  "sparsity": {"prunable": 0.52, "network": 0.31, "multiplications_left": 0.22},
  "layers": [{"name": "conv0", "spatial_sparsity": null, "winograd_sparsity": 0.6, "multiplications": 10},
             {"name": "fc0", "spatial_sparsity": 0.0, "winograd_sparsity": null, "multiplications": 5}]})";

constexpr char kBenchmark[] = R"({"fingerprint": {}, "tile_size": 4, "rows": [
  {"batch_size": 16, "threads": 1, "ours_ms": 2.5, "peers": {"onednn-direct": 5.0}, "ratios": {"onednn-direct": 2.0},
   "noisy": true, "layers": [],
   "network": {"ours_ms": 4.0, "peers": {"onednn": 6.0}, "ratios": {"onednn": 1.5}, "our_layers": []}}]})";

TEST(TrialResult, JoinsWhatIsThere) {
  const Stage evaluate = Succeeded(spec::StageKind::kEvaluate, kEvaluation);
  const Stage dense = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.9})");
  const Stage benchmark = Succeeded(spec::StageKind::kBenchmark, kBenchmark);
  const Stage train = Succeeded(spec::StageKind::kTrain, R"({"train_images": 12000})");
  Stage net = Succeeded(spec::StageKind::kWinogradPrune, "{}");
  net.artifacts = {{"filters", "f"}, {kCheckpointRole, "c"}};
  const TrialResult result = JoinResult(PrunedTrial(), {.net = &net,
                                                        .train = &train,
                                                        .spatial = nullptr,
                                                        .evaluate = &evaluate,
                                                        .benchmark = &benchmark,
                                                        .dense_evaluate = &dense});
  EXPECT_EQ(result.accuracy, 0.875);
  EXPECT_EQ(result.dense_accuracy, 0.9);
  EXPECT_EQ(result.loss, 0.4);
  EXPECT_EQ(result.winograd_sparsity, (RateResult{0.5, 0.52}));
  EXPECT_EQ(result.spatial_sparsity, std::nullopt);
  EXPECT_EQ(result.network_sparsity, 0.31);
  EXPECT_EQ(result.multiplications_left, 0.22);
  EXPECT_THAT(result.layers, ElementsAre(LayerSparsity{"conv0", std::nullopt, 0.6}, LayerSparsity{"fc0", 0.0, 0.0}));
  EXPECT_THAT(result.benchmark, ElementsAre(BenchmarkRow{16,
                                                         1,
                                                         2.5,
                                                         {{"onednn-direct", 5.0}},
                                                         {{"onednn-direct", 2.0}},
                                                         true,
                                                         NetworkTiming{4.0, {{"onednn", 6.0}}, {{"onednn", 1.5}}}}));
  EXPECT_EQ(result.checkpoint, "c");
  EXPECT_EQ(result.train_images, 12000);
  EXPECT_EQ(result.test_images, 1000);
}

TEST(TrialResult, TellsWhyANetWasNotTimed) {
  const Stage benchmark = Succeeded(spec::StageKind::kBenchmark, R"({"rows": [], "skipped": "no such kernel"})");
  ResultStages stages;
  stages.benchmark = &benchmark;
  const TrialResult result = JoinResult(PrunedTrial(), stages);
  EXPECT_THAT(result.benchmark, IsEmpty());
  EXPECT_EQ(result.benchmark_skipped, "no such kernel");
}

TEST(TrialResult, WeighsLayersByTheirMultiplications) {
  spec::SpatialPruneParameters parameters;
  parameters.model.name = "lenet-5-3x3";
  parameters.data.name = "fashion-mnist";
  parameters.tile_size = 4;
  parameters.rate = 0.3;
  Stage spatial = Succeeded(spec::StageKind::kSpatialPrune,
                            R"({"layers": [{"name": "conv0", "reached": 0.25}, {"name": "conv1", "reached": 0.5}]})");
  spatial.parameters_json = DumpJson(spec::ToJson(parameters));
  ResultStages stages;
  stages.spatial = &spatial;
  const TrialResult result = JoinResult(PrunedTrial(), stages);
  const spec::Network network = *spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("fashion-mnist"));
  const auto a = static_cast<double>(network.FindLayer("conv0")->winograd_multiplications(4));
  const auto b = static_cast<double>(network.FindLayer("conv1")->winograd_multiplications(4));
  ASSERT_TRUE(result.spatial_sparsity.has_value());
  EXPECT_EQ(result.spatial_sparsity->target, 0.3);
  EXPECT_DOUBLE_EQ(result.spatial_sparsity->reached, (0.25 * a + 0.5 * b) / (a + b));
  EXPECT_NE(a, b);
}

TEST(TrialResult, LeavesOutWhatHasNotEnded) {
  Stage running = Succeeded(spec::StageKind::kEvaluate, kEvaluation);
  running.state = StageState::kRunning;
  ResultStages stages;
  stages.evaluate = &running;
  stages.net = &running;
  const TrialResult result = JoinResult(PrunedTrial(), stages);
  EXPECT_EQ(result.accuracy, std::nullopt);
  EXPECT_EQ(result.winograd_sparsity, std::nullopt);
  EXPECT_THAT(result.layers, IsEmpty());
  EXPECT_EQ(result.checkpoint, "");
}

TEST(TrialResult, SurvivesWhatOtherExecutorsSay) {
  for (const char* odd : {"", "[]", "7", "{", R"({"accuracy": "high", "layers": 3, "sparsity": [], "rows": {"a": 1}})",
                          R"({"layers": [1, null, {}], "rows": [1, {}, {"peers": 3, "noisy": "yes"}]})"}) {
    const Stage stage = Succeeded(spec::StageKind::kEvaluate, odd);
    ResultStages stages;
    stages.evaluate = stages.benchmark = stages.dense_evaluate = stages.train = stages.spatial = stages.net = &stage;
    const TrialResult result = JoinResult(PrunedTrial(), stages);
    EXPECT_EQ(result.accuracy, std::nullopt) << odd;
    EXPECT_EQ(result.spatial_sparsity, std::nullopt) << odd;
  }
}

TEST(TrialResult, IsComparedWithTheBetterDenseNet) {
  const Stage evaluate = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.5, "images": 8, "right": "f0"})");
  const Stage dense = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.5, "images": 8, "right": "0f"})");
  const Stage trained_on = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.625, "images": 8, "right": "f1"})");
  ResultStages stages;
  stages.evaluate = &evaluate;
  stages.dense_evaluate = &dense;
  TrialResult result = JoinResult(PrunedTrial(), stages);
  ASSERT_TRUE(result.difference);
  EXPECT_EQ(result.difference->lost, 4);
  EXPECT_EQ(result.difference->gained, 4);
  EXPECT_EQ(result.trained_on_accuracy, std::nullopt);
  stages.trained_on_evaluate = &trained_on;
  result = JoinResult(PrunedTrial(), stages);
  EXPECT_EQ(result.trained_on_accuracy, 0.625);
  ASSERT_TRUE(result.difference);
  EXPECT_EQ(result.difference->lost, 1);
  EXPECT_EQ(result.difference->gained, 0);
}

TEST(TrialResult, HasNoDifferenceOfOtherImages) {
  const Stage evaluate = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.5, "images": 8, "right": "f0"})");
  const Stage dense = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.5, "images": 7, "right": "0f"})");
  const Stage older = Succeeded(spec::StageKind::kEvaluate, R"({"accuracy": 0.5, "images": 8})");
  for (const Stage* other : {&dense, &older}) {
    ResultStages stages;
    stages.evaluate = &evaluate;
    stages.dense_evaluate = other;
    EXPECT_FALSE(JoinResult(PrunedTrial(), stages).difference);
  }
}

}  // namespace
}  // namespace winnow::server
