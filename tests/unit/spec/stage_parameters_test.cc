#include "spec/stage_parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::spec {
namespace {

using ::testing::HasSubstr;

TrainParameters SmallestTrain() {
  TrainParameters train;
  train.model.name = "vgg-nagadomi";
  train.data.name = "cifar-10";
  return train;
}

// One of every kind, with as few settings as can be.
std::vector<StageParameters> Smallest() {
  const TrainParameters train = SmallestTrain();
  SpatialPruneParameters spatial;
  spatial.model = train.model;
  spatial.data = train.data;
  spatial.tile_size = 4;
  spatial.rate = 0.3;
  WinogradPruneParameters winograd;
  winograd.model = train.model;
  winograd.data = train.data;
  winograd.tile_size = 2;
  winograd.rate = 0.5;
  EvaluateParameters evaluate;
  evaluate.model = train.model;
  evaluate.data.name = "cifar-10";
  evaluate.tile_size = 4;
  BenchmarkParameters benchmark;
  benchmark.model = train.model;
  benchmark.tile_size = 4;
  return {train, spatial, winograd, evaluate, benchmark};
}

TEST(StageKind, NamesGoThereAndBack) {
  const char* const kNames[] = {"train", "spatial_prune", "winograd_prune", "evaluate", "benchmark"};
  for (size_t i = 0; i < kStageKinds.size(); ++i) {
    EXPECT_EQ(StageKindName(kStageKinds[i]), kNames[i]);
    EXPECT_EQ(FindStageKind(kNames[i]), kStageKinds[i]);
    EXPECT_GE(StageKindVersion(kStageKinds[i]), 1);
    EXPECT_EQ(MakesNet(kStageKinds[i]), i < 3);
  }
  EXPECT_EQ(FindStageKind("SmallestTrain"), std::nullopt);
}

TEST(StageParameters, WriteAllMembers) {
  const std::vector<StageParameters> all = Smallest();
  const Json training = Json::parse(R"({
    "epochs": 10, "batch_size": 128, "seed": 1,
    "optimizer": {"name": "sgd", "momentum": 0.9, "nesterov": false, "weight_decay": 0.0005},
    "learning_rate": {"initial": 0.1, "schedule": "cosine", "milestones": [], "factor": 0.1, "warmup_epochs": 0,
                      "schedule_epochs": 0},
    "augmentation": {"crop_padding": 4, "flip": true, "least_area": 0.08}, "arithmetic": "winnow",
    "batch_norm_momentum": 0.1, "initial_deviation": 0})");
  const Json model = Json::parse(R"({"name": "vgg-nagadomi", "width": 1, "pretrained_sha256": ""})");
  const Json data = Json::parse(R"({"name": "cifar-10", "classes": 0, "side": 0, "train_limit": 0, "held_out": 0})");
  EXPECT_EQ(ToJson(all[0]), (Json{{"model", model}, {"data", data}, {"training", training}}));
  const Json spatial = {{"dropout_shrinking", "none"},
                        {"model", model},
                        {"data", data},
                        {"training", training},
                        {"tile_size", 4},
                        {"rate", 0.3},
                        {"exclude", Json::array()},
                        {"fixed_rates", Json::object()}};
  EXPECT_EQ(ToJson(all[1]), spatial);
  Json winograd = spatial;
  winograd["tile_size"] = 2;
  winograd["rate"] = 0.5;
  winograd["importance_factors"] = true;
  winograd["gradient_exponent"] = 1.5;
  winograd["mask_group"] = 1;
  winograd["selection"] = "importance";
  winograd["moments"] = "white";
  winograd["moment_images"] = 1024;
  winograd["centre_outputs"] = false;
  winograd["fisher_rows"] = false;
  winograd["compensation"] = "none";
  winograd["allocation"] = "uniform";
  winograd["rounds"] = 1;
  winograd["preconditioner"] = "factors";
  winograd["l1"] = 0;
  winograd["batch_norm_images"] = 0;
  winograd["distillation"] = {{"weight", 0}, {"temperature", 4}};
  winograd["sensitivity_images"] = 2048;
  winograd["schedule"] = "step";
  winograd["regrowth"] = "none";
  winograd["regrowth_fraction"] = 0.3;
  winograd["mask_epochs"] = 0;
  winograd["mask_interval"] = 100;
  EXPECT_EQ(ToJson(all[2]), winograd);
  EXPECT_EQ(ToJson(all[3]),
            (Json{{"model", model},
                  {"data", {{"name", "cifar-10"}, {"classes", 0}, {"side", 0}, {"test_limit", 0}, {"held_out", 0}}},
                  {"tile_size", 4},
                  {"exclude", Json::array()}}));
  EXPECT_EQ(ToJson(all[4]), (Json{{"model", model},
                                  {"tile_size", 4},
                                  {"exclude", Json::array()},
                                  {"batch_sizes", {1, 16}},
                                  {"threads", {1}},
                                  {"peers", {"onednn-direct", "onednn-winograd", "torch"}},
                                  {"rounds", 15}}));
}

TEST(StageParameters, LeaveDefaultsOut) {
  const char* const kTexts[] = {
      R"({"model": {"name": "vgg-nagadomi"}, "data": {"name": "cifar-10"}})",
      R"({"model": {"name": "vgg-nagadomi"}, "data": {"name": "cifar-10"}, "tile_size": 4, "rate": 0.3})",
      R"({"model": {"name": "vgg-nagadomi"}, "data": {"name": "cifar-10"}, "tile_size": 2, "rate": 0.5})",
      R"({"model": {"name": "vgg-nagadomi"}, "data": {"name": "cifar-10"}, "tile_size": 4})",
      R"({"model": {"name": "vgg-nagadomi"}, "tile_size": 4})"};
  const std::vector<StageParameters> all = Smallest();
  for (size_t i = 0; i < all.size(); ++i) EXPECT_EQ(WithoutDefaults(all[i]), Json::parse(kTexts[i]));
}

TEST(StageParameters, KeepWhatDiffersAndOnlyThat) {
  TrainParameters train = SmallestTrain();
  train.model.width = 0.5;
  train.training.optimizer.momentum = 0.8;
  train.training.learning_rate.schedule = LearningRateSchedule::kStep;
  train.training.learning_rate.milestones = {3, 6};
  EXPECT_EQ(WithoutDefaults(train), Json::parse(R"({
    "model": {"name": "vgg-nagadomi", "width": 0.5}, "data": {"name": "cifar-10"},
    "training": {"optimizer": {"momentum": 0.8}, "learning_rate": {"schedule": "step", "milestones": [3, 6]}}})"));
}

TEST(StageParameters, KeepOfTheMethodWhatDiffers) {
  auto winograd = std::get<WinogradPruneParameters>(Smallest()[2]);
  winograd.method.mask_group = 4;
  winograd.method.moments = Moments::kMeasured;
  winograd.method.compensation = Compensation::kLayer;
  winograd.method.distillation.weight = 0.5;
  winograd.method.mask_changes.regrowth = Regrowth::kRigl;
  winograd.method.dropout_shrinking = DropoutShrinking::kRoot;
  Json expected = WithoutDefaults(Smallest()[2]);
  expected["mask_group"] = 4;
  expected["moments"] = "measured";
  expected["compensation"] = "layer";
  expected["distillation"] = {{"weight", 0.5}};
  expected["regrowth"] = "rigl";
  expected["dropout_shrinking"] = "root";
  EXPECT_EQ(WithoutDefaults(winograd), expected);
  EXPECT_EQ(std::get<WinogradPruneParameters>(
                StageParametersFromJson(StageKind::kWinogradPrune, WithoutDefaults(winograd)).value()),
            winograd);
}

TEST(StageParameters, ComeBackFromAllMembersAndFromThoseThatDiffer) {
  for (StageParameters parameters : Smallest()) {
    std::visit([](auto& value) { value.model.pretrained_sha256 = std::string(64, 'e'); }, parameters);
    for (const Json& json : {ToJson(parameters), WithoutDefaults(parameters)}) {
      const auto back = StageParametersFromJson(KindOf(parameters), json);
      ASSERT_TRUE(back) << back.error().ToString();
      EXPECT_EQ(*back, parameters);
    }
  }
}

TEST(StageParameters, RefuseWhatIsWrongAllAtOnce) {
  const auto parameters = StageParametersFromJson(
      StageKind::kEvaluate, Json::parse(R"({"model": {"name": "vgg-nagadomi"}, "tile_size": 6, "rate": 0.5})"));
  ASSERT_FALSE(parameters);
  EXPECT_EQ(parameters.error().code(), StatusCode::kInvalidArgument);
  const std::string& message = parameters.error().message();
  EXPECT_THAT(message, HasSubstr("parameters of the stage evaluate: expected the member \"data\", found none"));
  EXPECT_THAT(message, HasSubstr("/tile_size: expected a tile size of 2 or 4, found the number 6"));
  EXPECT_THAT(message, HasSubstr("/rate: expected no member of this name"));
  EXPECT_FALSE(StageParametersFromJson(StageKind::kTrain, Json::array()));
}

}  // namespace
}  // namespace winnow::spec
