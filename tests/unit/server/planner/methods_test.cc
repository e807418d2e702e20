// Sweeps with several methods of pruning in the Winograd domain.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/unit/server/planner/plan_spec.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSubsetOf;

// "LABEL < LABEL of the parent" of the stages that make nets.
std::vector<std::string> Nets(const StageGraph& graph) {
  std::vector<std::string> lines;
  for (const PlannedStage& stage : graph.stages) {
    if (!spec::MakesNet(stage.kind())) continue;
    std::string line = stage.label;
    for (const std::string& parent : stage.parents) line += " < " + graph.Find(parent)->label;
    lines.push_back(line);
  }
  return lines;
}

std::vector<std::string> TrialIds(const StageGraph& graph) {
  std::vector<std::string> ids;
  for (const PlannedTrial& trial : graph.trials) ids.push_back(trial.id);
  return ids;
}

std::set<std::string> Keys(const StageGraph& graph) {
  std::set<std::string> keys;
  for (const PlannedStage& stage : graph.stages) keys.insert(stage.key);
  return keys;
}

constexpr const char* kFour = R"("tile_sizes": [2, 4], "spatial": {"rates": [0.3]}, "winograd": [
    {"name": "paper", "rates": [0.5, 0.6]},
    {"name": "ours", "rates": [0.6], "start": "dense", "tile_sizes": [4], "selection": "second-order"},
    {"name": "native", "rates": [0.6], "start": "native", "native": {"l1": 0.001}},
    {"name": "relu", "rates": [0.6], "start": "winograd-relu", "tile_sizes": [2]}])";

TEST(Methods, StandSideBySideAndShareWhatTheyCan) {
  const StageGraph graph = Plan(kFour, kWithHost);
  EXPECT_THAT(Nets(graph), ElementsAre("train",                                                   //
                                       "spatial_prune f2 s30 < train",                            //
                                       "winograd_prune f2 s30 w50 paper < spatial_prune f2 s30",  //
                                       "winograd_prune f2 s30 w60 paper < winograd_prune f2 s30 w50 paper",
                                       "train f2 native",                                 //
                                       "winograd_prune f2 w60 native < train f2 native",  //
                                       "train f2 winograd-relu",                          //
                                       "winograd_prune f2 w60 relu < train f2 winograd-relu",
                                       "spatial_prune f4 s30 < train",                            //
                                       "winograd_prune f4 s30 w50 paper < spatial_prune f4 s30",  //
                                       "winograd_prune f4 s30 w60 paper < winograd_prune f4 s30 w50 paper",
                                       "winograd_prune f4 w60 ours < train",  //
                                       "train f4 native",                     //
                                       "winograd_prune f4 w60 native < train f4 native"));
  EXPECT_THAT(TrialIds(graph), ElementsAre("f2-s30-w50-paper", "f2-s30-w60-paper", "f2-w60-native", "f2-w60-relu",
                                           "f4-s30-w50-paper", "f4-s30-w60-paper", "f4-w60-ours", "f4-w60-native"));
  for (const PlannedTrial& trial : graph.trials) {
    EXPECT_TRUE(trial.id.ends_with("-" + trial.parameters.method)) << trial.id;
    EXPECT_EQ(graph.Find(trial.dense_evaluate)->label, "evaluate dense");
    EXPECT_TRUE(trial.benchmark.has_value());
  }
  for (const PlannedStage& stage : graph.stages) {
    EXPECT_EQ(spec::StageParametersFromJson(stage.kind(), spec::ToJson(stage.parameters)).value(), stage.parameters);
  }
}

// Under the same keys, so that what one sweep has computed the other has.
TEST(Methods, HaveTheStagesOfTheSameMethodAlone) {
  const std::string common = R"("tile_sizes": [4], "spatial": {"rates": [0.3]}, "winograd": )";
  const StageGraph alone = Plan(common + R"({"rates": [0.5, 0.6]})", kWithHost);
  const StageGraph listed =
      Plan(common + R"([{"name": "a", "rates": [0.5, 0.6]}, {"name": "b", "rates": [0.5], "l1": 0.1}])", kWithHost);
  EXPECT_THAT(Keys(alone), IsSubsetOf(Keys(listed)));
  const StageGraph native = Plan(R"("tile_sizes": [4], "winograd": {"rates": [0.5], "start": "native"})", kWithHost);
  EXPECT_THAT(TrialIds(native), ElementsAre("f4-w50"));
  const StageGraph twice = Plan(R"("tile_sizes": [4], "winograd": [{"name": "a", "rates": [0.5], "start": "native"},
                                   {"name": "b", "rates": [0.6], "start": "native"}])",
                                kWithHost);
  EXPECT_THAT(Nets(twice), ElementsAre("train", "train f4 native", "winograd_prune f4 w50 a < train f4 native",
                                       "winograd_prune f4 w60 b < train f4 native"));
}

TEST(Methods, StartWhereTheySay) {
  const StageGraph graph = Plan(kFour);
  const auto find = [&](const std::string& label) -> const spec::StageParameters& {
    return std::find_if(graph.stages.begin(), graph.stages.end(),
                        [&](const PlannedStage& stage) { return stage.label == label; })
        ->parameters;
  };
  const auto& native = std::get<spec::TrainParameters>(find("train f2 native"));
  EXPECT_EQ(native.native, (spec::NativeParameters{.tile_size = 2, .exclude = {}, .native = {.l1 = 0.001}}));
  EXPECT_TRUE(native.model.winograd_relu.empty());
  EXPECT_FALSE(std::get<spec::TrainParameters>(find("train")).native);
  const std::vector<std::string> moved = {"conv1", "conv2", "conv3"};
  EXPECT_EQ(std::get<spec::TrainParameters>(find("train f2 winograd-relu")).model.winograd_relu, moved);
  EXPECT_EQ(std::get<spec::WinogradPruneParameters>(find("winograd_prune f2 w60 relu")).model.winograd_relu, moved);
  EXPECT_EQ(std::get<spec::EvaluateParameters>(find("evaluate f2 w60 relu")).model.winograd_relu, moved);
  EXPECT_TRUE(std::get<spec::EvaluateParameters>(find("evaluate f2 w60 native")).model.winograd_relu.empty());
}

TEST(Methods, PutRulesThatComputeTheSameInOneForm) {
  const std::string common = R"("tile_sizes": [2], "layers": {"exclude": ["conv2"]}, "winograd": {"rates": [0.5],
                               "start": "winograd-relu", "native": )";
  const StageGraph plain = Plan(common + R"({"l1": 0.5}})");
  const StageGraph idle = Plan(common + R"({"l1": 0.5, "scale_threshold": false}})");
  EXPECT_EQ(Keys(plain), Keys(idle));
  const StageGraph other = Plan(common + R"({"l1": 0.5, "threshold": 0.1}})");
  EXPECT_NE(Keys(plain), Keys(other));
  const auto& train = std::get<spec::TrainParameters>(plain.stages[2].parameters);
  EXPECT_EQ(train.model.winograd_relu, (std::vector<std::string>{"conv1", "conv3"}));
  EXPECT_EQ(train.native->exclude, (std::vector<std::string>{"conv2"}));
}

}  // namespace
}  // namespace winnow::server
