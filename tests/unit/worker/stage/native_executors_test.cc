// Nets that are trained in the Winograd domain from the start, with their ReLUs there or not, through all stages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/worker/stage/tiny_stage.h"
#include "worker/checkpoint/checkpoint.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

class NativeExecutorsTest : public ::testing::Test {
 protected:
  std::filesystem::path Folder(const std::string& name) const { return folder_.path() / name; }

  StageRun Run(const std::string& kind, const Json& parameters, const std::string& name, const std::string& parent) {
    return RunInProcess(
        StageRequestJson(kind, parameters, Folder(name), parent.empty() ? std::filesystem::path() : Folder(parent)));
  }

  static Json Native(int tile_size, int epochs) {
    Json parameters = TrainParametersJson(epochs);
    parameters["native"] = {{"tile_size", tile_size}};
    return parameters;
  }

  static Json WithRelu(Json parameters) {
    parameters["model"]["winograd_relu"] = {"conv1", "conv2", "conv3"};
    return parameters;
  }

  SafetensorsFile Checkpoint(const std::string& name) const {
    return *SafetensorsFile::Read(Folder(name) / "checkpoint.safetensors");
  }

  TestFolder folder_;
};

TEST_F(NativeExecutorsTest, ATrainingInTheWinogradDomainIsPrunedThere) {
  for (const int tile_size : {2, 4}) {
    const std::string size = std::to_string(tile_size);
    Json parameters = Native(tile_size, 3);
    // What coefficients of F(4x4,3x3) stand where nothing divides their gradients.
    if (tile_size == 4) parameters["training"]["learning_rate"]["initial"] = 0.0001;
    const StageRun train = Run("train", parameters, "native" + size, "");
    ASSERT_EQ(train.exit_code, 0) << train.Text();
    const SafetensorsFile net = Checkpoint("native" + size);
    EXPECT_TRUE(net.tensors().contains("conv0.winograd_weight"));
    EXPECT_FALSE(net.tensors().contains("conv0.weight"));
    EXPECT_EQ(DescriptionOf(net)->tile_size, tile_size);
    const StageRun prune =
        Run("winograd_prune", WinogradPruneParametersJson(tile_size, 0.5, 1), "pruned" + size, "native" + size);
    ASSERT_EQ(prune.exit_code, 0) << prune.Text();
    const StageRun evaluate = Run("evaluate", EvaluateParametersJson(tile_size), "e" + size, "pruned" + size);
    ASSERT_EQ(evaluate.exit_code, 0) << evaluate.Text();
    EXPECT_NEAR(evaluate.Values().at("sparsity").at("prunable"), 0.5, 1e-2);
    if (tile_size == 2) {
      EXPECT_GT(evaluate.Values().at("accuracy"), 0.2);
    }
    EXPECT_FALSE(evaluate.Values().at("layers")[1].contains("activation_sparsity"));
  }
}

TEST_F(NativeExecutorsTest, ThresholdsMakeZerosInTheTraining) {
  Json parameters = Native(2, 1);
  parameters["native"]["threshold"] = 0.05;
  parameters["native"]["l1"] = 0.001;
  ASSERT_EQ(Run("train", parameters, "native", "").exit_code, 0);
  const StageRun evaluate = Run("evaluate", EvaluateParametersJson(2), "e", "native");
  ASSERT_EQ(evaluate.exit_code, 0) << evaluate.Text();
  EXPECT_GT(evaluate.Values().at("sparsity").at("prunable"), 0.1);
}

TEST_F(NativeExecutorsTest, AStoppedTrainingWithThresholdsResumesToTheSameEnd) {
  Json parameters = WithRelu(Native(2, 2));
  parameters["native"]["threshold"] = 0.05;
  parameters["native"]["threshold_factor"] = 10;
  const StageRun whole = Run("train", parameters, "whole", "");
  ASSERT_EQ(whole.exit_code, 0) << whole.Text();
  Json request = StageRequestJson("train", parameters, Folder("broken"), "");
  const StageRun stopped = RunInProcess(request, 11);
  ASSERT_EQ(stopped.exit_code, 75) << stopped.Text();
  const std::string point = stopped.Of("resume_point")[0].at("path");
  request["resume"] = {{"checkpoint", (Folder("broken") / point).string()}, {"epoch", 1}};
  const StageRun resumed = RunInProcess(request);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.Text();
  EXPECT_EQ(resumed.events.front().at("resumed_epoch"), 1);
  EXPECT_EQ(CheckpointDigest(Folder("whole")), CheckpointDigest(Folder("broken")));
}

TEST_F(NativeExecutorsTest, AReluNetGoesThroughAllStages) {
  const StageRun train = Run("train", WithRelu(Native(2, 3)), "relu", "");
  ASSERT_EQ(train.exit_code, 0) << train.Text();
  EXPECT_EQ(DescriptionOf(Checkpoint("relu"))->winograd_relu, (std::vector<std::string>{"conv1", "conv2", "conv3"}));
  const StageRun prune = Run("winograd_prune", WithRelu(WinogradPruneParametersJson(2, 0.5, 1)), "pruned", "relu");
  ASSERT_EQ(prune.exit_code, 0) << prune.Text();
  const StageRun evaluate = Run("evaluate", WithRelu(EvaluateParametersJson(2)), "e", "pruned");
  ASSERT_EQ(evaluate.exit_code, 0) << evaluate.Text();
  EXPECT_GT(evaluate.Values().at("accuracy"), 0.2);
  for (const Json& layer : Json(evaluate.Values().at("layers"))) {
    const std::string name = layer.at("name");
    const bool moved = name == "conv1" || name == "conv2" || name == "conv3";
    ASSERT_EQ(layer.contains("activation_sparsity"), moved) << layer;
    if (!moved) continue;
    EXPECT_GT(layer.at("activation_sparsity"), 0.2) << layer;
    EXPECT_LT(layer.at("activation_sparsity"), 1.0) << layer;
    EXPECT_NEAR(layer.at("winograd_sparsity"), 0.5, 1e-2) << layer;
  }
  // Measured moments are of what the products see: behind the ReLU.
  Json second = WithRelu(WinogradPruneParametersJson(2, 0.7, 0));
  second["selection"] = "second-order";
  second["moments"] = "measured";
  second["moment_images"] = 64;
  second["compensation"] = "layer";
  const StageRun again = Run("winograd_prune", second, "second", "relu");
  EXPECT_EQ(again.exit_code, 0) << again.Text();
}

TEST_F(NativeExecutorsTest, AReluNetIsNotTimedAndTheResultSaysWhy) {
  ASSERT_EQ(Run("train", WithRelu(Native(2, 1)), "relu", "").exit_code, 0);
  const Json parameters = {{"model", {{"name", "lenet-5-3x3"}, {"winograd_relu", {"conv1", "conv2", "conv3"}}}},
                           {"tile_size", 2},
                           {"batch_sizes", {1}},
                           {"threads", {1}},
                           {"rounds", 3},
                           {"peers", {"torch"}}};
  const StageRun run = Run("benchmark", parameters, "bench", "relu");
  ASSERT_EQ(run.exit_code, 0) << run.Text();
  EXPECT_TRUE(run.Values().at("rows").empty());
  EXPECT_THAT(run.Values().at("skipped").get<std::string>(), HasSubstr("no ReLU in the Winograd domain, and 3 layers"));
}

TEST_F(NativeExecutorsTest, FaultsNameLayerAndRemedy) {
  ASSERT_EQ(Run("train", WithRelu(Native(2, 1)), "relu", "").exit_code, 0);
  const struct {
    std::string kind;
    Json parameters;
    std::string parent, message;
  } cases[] = {
      {"train", WithRelu(Native(4, 1)), "",
       "conv1 has its ReLU in the Winograd domain, which there is for tiles of 2x2"},
      {"train", WithRelu(TrainParametersJson(1)), "", "give the stage \"native\""},
      {"evaluate", EvaluateParametersJson(2), "relu", "is wanted with them in no layer"},
  };
  for (const auto& [kind, parameters, parent, message] : cases) {
    const StageRun run = Run(kind, parameters, "fault", parent);
    EXPECT_EQ(run.exit_code, 1) << message;
    EXPECT_EQ(run.events.back().at("code"), "INVALID_ARGUMENT") << run.Text();
    EXPECT_THAT(run.events.back().at("message").get<std::string>(), HasSubstr(message));
  }
  Json unknown = WithRelu(Native(2, 1));
  unknown["model"]["winograd_relu"] = {"conv0"};
  const StageRun run = Run("train", unknown, "fault", "");
  EXPECT_THAT(run.events.back().at("message").get<std::string>(), HasSubstr("\"conv0\" of lenet-5-3x3 cannot"));
}

}  // namespace
}  // namespace winnow::worker
