// Which stages two sweeps share: the keys that the planner gives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/server/planner/plan_spec.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;

// Golden: the same sweep must find its results after every later change of the planner.
TEST(StageKeys, HasTheseKeys) {
  const StageGraph graph =
      Plan(R"("tile_sizes": [4], "spatial": {"rates": [0.3]}, "winograd": {"rates": [0.5]})", kWithHost);
  std::vector<std::string> lines;
  for (const PlannedStage& stage : graph.stages) lines.push_back(stage.label + " " + stage.key.substr(0, 16));
  EXPECT_THAT(lines, ElementsAre("train aefad3217f214b29", "evaluate dense be60617bf61fa87b",
                                 "benchmark dense 41ee6367b91c9377", "spatial_prune f4 s30 ebc1d1c83961438d",
                                 "winograd_prune f4 s30 w50 10f634885de5ae25", "evaluate f4 s30 w50 fadf9ff2cd9c506b",
                                 "benchmark f4 s30 w50 03f2e0b451750606"));
}

// A side that is left out is 224, and of the two ways to cut images at random each data set has one.
TEST(StageKeys, FoldersOfImagesHaveOneForm) {
  const std::string digest(64, 'a');
  const auto train_key = [&](const std::string& data, const std::string& augmentation) {
    const StageGraph graph = Plan(R"("model": {"name": "resnet-18"}, "data": {"digest": ")" + digest + "\", " + data +
                                  R"(}, "training": {"augmentation": {)" + augmentation + "}}");
    return graph.stages.front().key;
  };
  const std::string folder = R"("name": "image-folder", "classes": 10)", fashion = R"("name": "fashion-mnist")";
  const std::string key = train_key(folder, "");
  EXPECT_EQ(train_key(folder + R"(, "side": 224)", ""), key);
  EXPECT_NE(train_key(folder + R"(, "side": 64)", ""), key);
  EXPECT_NE(train_key(R"("name": "image-folder", "classes": 11)", ""), key);
  EXPECT_EQ(train_key(folder, R"("crop_padding": 9)"), key);
  EXPECT_NE(train_key(folder, R"("least_area": 0.5)"), key);
  EXPECT_EQ(train_key(fashion, R"("least_area": 0.5)"), train_key(fashion, ""));
  EXPECT_NE(train_key(fashion, R"("crop_padding": 9)"), train_key(fashion, ""));
}

TEST(StageKeys, KeysChangeWithWhatDecidesAResultOnly) {
  const std::string spatial = R"("spatial": {"rates": [0.3]})";
  const std::string winograd = R"("winograd": {"rates": [0.5]})";
  const std::string both = R"("tile_sizes": [4], )" + spatial + ", " + winograd;
  const StageGraph base = Plan(both, kWithHost);
  const std::vector<std::string> all = {"train",
                                        "evaluate dense",
                                        "benchmark dense",
                                        "spatial_prune f4 s30",
                                        "winograd_prune f4 s30 w50",
                                        "evaluate f4 s30 w50",
                                        "benchmark f4 s30 w50"};
  const std::vector<std::string> dense = {"train", "evaluate dense", "benchmark dense"};
  const std::vector<std::string> nets = {"train", "spatial_prune f4 s30", "winograd_prune f4 s30 w50"};
  const std::vector<std::string> no_benchmarks = {"train", "evaluate dense", "spatial_prune f4 s30",
                                                  "winograd_prune f4 s30 w50", "evaluate f4 s30 w50"};
  const std::vector<std::string> up_to_spatial = {"train", "evaluate dense", "benchmark dense", "spatial_prune f4 s30"};
  const std::string step_only = R"("training": {"learning_rate": {"milestones": [3], "factor": 0.5}})";
  const std::vector<std::pair<std::string, std::vector<std::string>>> kCases = {
      // Nothing that decides a result.
      {both + R"(, "description": "other")", all},
      {both + R"(, "priority": 7)", all},
      {both + R"(, "retries": {"max_attempts": 9})", all},
      {both + R"(, "resources": {"memory_mib": 9999})", all},
      {both + R"(, "data": {"name": "fashion-mnist", "train_limit": 60000, "test_limit": 10000})", all},
      {both + R"(, "benchmark": {"batch_sizes": [16, 1], "peers": ["torch", "onednn-winograd", "onednn-direct"]})",
       all},
      {both + ", " + step_only, all},                                               // of a schedule that is not used
      {both + R"(, "training": {"learning_rate": {"schedule_epochs": 10}})", all},  // as many as are trained
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "regrowth_fraction": 0.5, "mask_epochs": 2,
           "mask_interval": 7, "sensitivity_images": 9}, )" +
           spatial,
       all},  // of options that are off
      {R"("tile_sizes": [4, 2], )" + spatial + ", " + winograd, all},
      {R"("tile_sizes": [4], "spatial": {"rates": [0.3, 0.4]}, "winograd": {"rates": [0.5, 0.6]})", all},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5]}, "spatial": {"rates": [{"rate": 0.3, "from": "dense",
           "epochs": 10, "learning_rate": 0.1}]})",
       all},
      // What decides some of them.
      {both + R"(, "benchmark": {"rounds": 31})", no_benchmarks},
      {both + R"(, "benchmark": {"peers": ["torch"]})", no_benchmarks},
      {both + R"(, "benchmark": {"threads": [2]})", no_benchmarks},
      {both + R"(, "data": {"name": "fashion-mnist", "test_limit": 100})",
       {"train", "benchmark dense", "spatial_prune f4 s30", "winograd_prune f4 s30 w50", "benchmark f4 s30 w50"}},
      {both + R"(, "resources": {"kinds": {"evaluate": {"threads": 2}}})",
       {"train", "benchmark dense", "spatial_prune f4 s30", "winograd_prune f4 s30 w50", "benchmark f4 s30 w50"}},
      {both + R"(, "layers": {"exclude": ["conv0"]})", {"train"}},
      {both + R"(, "layers": {"fixed_rates": {"conv0": 0.2}})", dense},
      {R"("tile_sizes": [4], "spatial": {"rates": [0.4]}, )" + winograd, dense},
      {R"("tile_sizes": [4], "spatial": {"rates": [0.3], "retraining": {"epochs": 2}}, )" + winograd, dense},
      {R"("tile_sizes": [4], "spatial": {"rates": [0.1, 0.3]}, )" + winograd, dense},  // another step before
      {R"("tile_sizes": [4], "winograd": {"rates": [0.6]}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "importance_factors": false}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "gradient_exponent": 2}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "mask_group": 1}, )" + spatial, all},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "mask_group": 4}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "batch_norm_momentum": 0.1}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "retraining": {"epochs": 1}}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "schedule": "cubic"}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "dropout_shrinking": "root"}, )" + spatial, up_to_spatial},
      {R"("tile_sizes": [4], "winograd": {"rates": [0.5], "retraining": {"learning_rate": {"schedule_epochs": 20}}}, )" +
           spatial,
       up_to_spatial},
      {R"("tile_sizes": [4], "spatial": {"rates": [0.3], "dropout_shrinking": "power"}, )" + winograd, dense},
      {R"("tile_sizes": [2], )" + spatial + ", " + winograd, {"train"}},
      // What decides all of them.
      {both + R"(, "training": {"seed": 2})", {}},
      {both + R"(, "training": {"initial_deviation": 0.05})", {}},
      {both + R"(, "training": {"epochs": 3})", {}},
      {both + R"(, "training": {"augmentation": {"flip": false}})", {}},
      {both + R"(, "data": {"name": "fashion-mnist", "train_limit": 100})", {}},
      {both + R"(, "resources": {"threads": 2})", {}},
      {both + R"(, "resources": {"kinds": {"train": {"threads": 2}}})", {}},
      {both + R"(, "model": {"name": "lenet-5-3x3", "pretrained": {"sha256": ")" + std::string(64, 'a') + "\"}}", {}},
      {both + R"(, "model": {"name": "vgg-nagadomi"})", {}},
  };
  for (const auto& [rest, shared] : kCases) {
    SCOPED_TRACE(rest);
    const StageGraph other = Plan(rest, kWithHost);
    std::vector<std::string> found;
    for (const PlannedStage& stage : base.stages) {
      if (other.Find(stage.key) != nullptr) found.push_back(stage.label);
    }
    EXPECT_EQ(found, shared);
  }
}

TEST(StageKeys, SettingsThatNothingUsesDoNotCount) {
  const std::string rest = R"("spatial": {"rates": [0.3], "retraining": {"epochs": 0%}}, "tile_sizes": [4])";
  const auto plan = [&rest](const std::string& more) {
    std::string text = rest;
    text.replace(text.find('%'), 1, more);
    return Plan(text);
  };
  // Where no epoch is trained, no setting of training counts.
  EXPECT_EQ(plan(R"(, "batch_size": 7, "learning_rate": {"initial": 5})"), plan(""));
}

TEST(StageKeys, SharesTheStepsOfLaddersThatAreTheSame) {
  // The second step says by itself what the retraining says anyway.
  const StageGraph plain = Plan(R"("tile_sizes": [4], "spatial": {"rates": [0.3, 0.5], "retraining": {"epochs": 4}})");
  const StageGraph spelt = Plan(R"("tile_sizes": [4], "spatial": {"rates": [{"rate": 0.3, "epochs": 4},
                                   {"rate": 0.5, "epochs": 4, "learning_rate": 0.1}], "retraining": {"epochs": 9}})");
  EXPECT_EQ(plain.stages, spelt.stages);
}

TEST(StageKeys, ExcludesOnlyLayersThatWouldBePruned) {
  const auto plan = [](const std::string& exclude) {
    const auto spec =
        spec::ParseSweepSpec(R"({"name": "r", "model": {"name": "resnet-20"}, "data": {"name": "cifar-10"},
        "spatial": {"rates": [0.3]}, "layers": {"exclude": )" +
                             exclude + "}}");
    return BuildStageGraph(spec.value(), kWithHost);
  };
  EXPECT_EQ(plan(R"(["layer2.0.conv1"])"), plan("[]"));  // stride 2
  EXPECT_EQ(plan(R"(["layer1.0.conv1", "conv1"])"), plan(R"(["conv1", "layer1.0.conv1"])"));
}

}  // namespace
}  // namespace winnow::server
