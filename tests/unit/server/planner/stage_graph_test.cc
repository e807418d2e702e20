#include "server/planner/stage_graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "tests/unit/server/planner/plan_spec.h"

namespace winnow::server {
namespace {

using spec::StageKind;
using ::testing::ElementsAre;
using ::testing::SizeIs;

// "LABEL < LABEL of the parent", stage by stage.
std::vector<std::string> Lines(const StageGraph& graph) {
  std::vector<std::string> lines;
  for (const PlannedStage& stage : graph.stages) {
    std::string line = stage.label;
    for (const std::string& parent : stage.parents) line += " < " + graph.Find(parent)->label;
    lines.push_back(line);
  }
  return lines;
}

// "ID: net, evaluate, benchmark", trial by trial.
std::vector<std::string> TrialLines(const StageGraph& graph) {
  std::vector<std::string> lines;
  for (const PlannedTrial& trial : graph.trials) {
    std::string line = trial.id + ": " + graph.Find(trial.net)->label + ", " + graph.Find(trial.evaluate)->label;
    if (trial.benchmark) line += ", " + graph.Find(*trial.benchmark)->label;
    lines.push_back(line);
  }
  return lines;
}

std::map<StageKind, int> Counts(const StageGraph& graph) {
  std::map<StageKind, int> counts;
  for (const PlannedStage& stage : graph.stages) ++counts[stage.kind()];
  return counts;
}

// What holds of every graph.
void ExpectSound(const StageGraph& graph) {
  std::set<std::string> seen;
  for (const PlannedStage& stage : graph.stages) {
    for (const std::string& parent : stage.parents) ASSERT_TRUE(seen.count(parent)) << stage.label;
    ASSERT_TRUE(seen.insert(stage.key).second) << stage.label;
    const bool is_root = stage.kind() == StageKind::kTrain && stage.label.find("trained-on") == std::string::npos;
    ASSERT_EQ(stage.parents.size(), is_root ? 0u : 1u);
    for (const std::string& parent : stage.parents) ASSERT_TRUE(spec::MakesNet(graph.Find(parent)->kind()));
    const bool benchmark = stage.kind() == StageKind::kBenchmark;
    ASSERT_EQ(stage.exclusive, benchmark);
    ASSERT_EQ(stage.data_set.empty(), benchmark);
    ASSERT_EQ(stage.data_digest.empty(), benchmark);
    // What is sent to a worker gives the same stage when it is read there.
    ASSERT_EQ(spec::StageParametersFromJson(stage.kind(), spec::ToJson(stage.parameters)).value(), stage.parameters);
  }
  std::set<std::string> ids;
  for (const PlannedTrial& trial : graph.trials) {
    ASSERT_TRUE(ids.insert(trial.id).second) << trial.id;
    ASSERT_TRUE(spec::MakesNet(graph.Find(trial.net)->kind()));
    ASSERT_THAT(graph.Find(trial.evaluate)->parents, ElementsAre(trial.net));
    ASSERT_EQ(trial.benchmark.has_value(), trial.dense_benchmark.has_value());
    if (trial.benchmark) {
      ASSERT_THAT(graph.Find(*trial.benchmark)->parents, ElementsAre(trial.net));
    }
    ASSERT_TRUE(graph.Find(trial.dense_evaluate)->label.starts_with("evaluate dense"));
  }
  ASSERT_GE(graph.stages_alone, graph.stages.size());
}

TEST(StageGraph, FiveByFiveTrainsOnceAndPrunesThirtyTimes) {
  const StageGraph graph = Plan(R"("tile_sizes": [4], "spatial": {"rates": [0.1, 0.2, 0.3, 0.4, 0.5]},
                                   "winograd": {"rates": [0.5, 0.6, 0.7, 0.8, 0.9]})",
                                kWithHost);
  ExpectSound(graph);
  EXPECT_EQ(Counts(graph), (std::map<StageKind, int>{{StageKind::kTrain, 1},
                                                     {StageKind::kSpatialPrune, 5},
                                                     {StageKind::kWinogradPrune, 25},
                                                     {StageKind::kEvaluate, 26},
                                                     {StageKind::kBenchmark, 26}}));
  EXPECT_THAT(graph.trials, SizeIs(25));
  EXPECT_EQ(graph.trials[0].id, "f4-s10-w50");
  EXPECT_EQ(graph.trials[24].id, "f4-s50-w90");
  // Alone a trial has train, its own steps and those before them, and two evaluates and benchmarks:
  // 25 x 5 + 5 x (1 + 2 + 3 + 4 + 5) spatial and as many Winograd ones.
  EXPECT_EQ(graph.stages_alone, 25u * 5 + 5 * 15 + 5 * 15);
}

TEST(StageGraph, TwoTileSizesShareTheDenseNet) {
  const StageGraph graph =
      Plan(R"("tile_sizes": [2, 4], "spatial": {"rates": [0.3]}, "winograd": {"rates": [0.5, 0.6]})", kWithHost);
  ExpectSound(graph);
  EXPECT_THAT(Lines(graph), ElementsAre("train",                                             //
                                        "evaluate dense < train",                            //
                                        "benchmark dense < train",                           //
                                        "spatial_prune f2 s30 < train",                      //
                                        "winograd_prune f2 s30 w50 < spatial_prune f2 s30",  //
                                        "evaluate f2 s30 w50 < winograd_prune f2 s30 w50",   //
                                        "benchmark f2 s30 w50 < winograd_prune f2 s30 w50",  //
                                        "winograd_prune f2 s30 w60 < winograd_prune f2 s30 w50",
                                        "evaluate f2 s30 w60 < winograd_prune f2 s30 w60",   //
                                        "benchmark f2 s30 w60 < winograd_prune f2 s30 w60",  //
                                        "spatial_prune f4 s30 < train",                      //
                                        "winograd_prune f4 s30 w50 < spatial_prune f4 s30",  //
                                        "evaluate f4 s30 w50 < winograd_prune f4 s30 w50",   //
                                        "benchmark f4 s30 w50 < winograd_prune f4 s30 w50",  //
                                        "winograd_prune f4 s30 w60 < winograd_prune f4 s30 w50",
                                        "evaluate f4 s30 w60 < winograd_prune f4 s30 w60",  //
                                        "benchmark f4 s30 w60 < winograd_prune f4 s30 w60"));
  EXPECT_THAT(TrialLines(graph),
              ElementsAre("f2-s30-w50: winograd_prune f2 s30 w50, evaluate f2 s30 w50, benchmark f2 s30 w50",
                          "f2-s30-w60: winograd_prune f2 s30 w60, evaluate f2 s30 w60, benchmark f2 s30 w60",
                          "f4-s30-w50: winograd_prune f4 s30 w50, evaluate f4 s30 w50, benchmark f4 s30 w50",
                          "f4-s30-w60: winograd_prune f4 s30 w60, evaluate f4 s30 w60, benchmark f4 s30 w60"));
  EXPECT_EQ(std::get<spec::EvaluateParameters>(graph.stages[1].parameters).tile_size, 4);  // the largest
}

TEST(StageGraph, FromDenseBeginsALadderAgain) {
  const StageGraph graph = Plan(R"("tile_sizes": [4],
      "spatial": {"rates": [0.3, {"rate": 0.5, "from": "dense"}, 0.6]},
      "winograd": {"rates": [0.7, {"rate": 0.8, "from": "dense"}, 0.9]})");
  ExpectSound(graph);
  std::vector<std::string> prunings;
  for (const std::string& line : Lines(graph)) {
    if (line.find("prune f4 s") != std::string::npos && line.find("evaluate") != 0) prunings.push_back(line);
  }
  EXPECT_THAT(prunings, ElementsAre("spatial_prune f4 s30 < train",                           //
                                    "winograd_prune f4 s30 w70 < spatial_prune f4 s30",       //
                                    "winograd_prune f4 s30 w80 < spatial_prune f4 s30",       //
                                    "winograd_prune f4 s30 w90 < winograd_prune f4 s30 w80",  //
                                    "spatial_prune f4 s50 < train",                           //
                                    "winograd_prune f4 s50 w70 < spatial_prune f4 s50",       //
                                    "winograd_prune f4 s50 w80 < spatial_prune f4 s50",       //
                                    "winograd_prune f4 s50 w90 < winograd_prune f4 s50 w80",  //
                                    "spatial_prune f4 s60 < spatial_prune f4 s50",            //
                                    "winograd_prune f4 s60 w70 < spatial_prune f4 s60",       //
                                    "winograd_prune f4 s60 w80 < spatial_prune f4 s60",       //
                                    "winograd_prune f4 s60 w90 < winograd_prune f4 s60 w80"));
}

TEST(StageGraph, OnlySpatialEvaluatesTheSpatialNets) {
  const StageGraph graph = Plan(R"("tile_sizes": [4], "spatial": {"rates": [0.3, 0.625]})");
  ExpectSound(graph);
  EXPECT_THAT(Lines(graph),
              ElementsAre("train", "evaluate dense < train", "spatial_prune f4 s30 < train",
                          "evaluate f4 s30 < spatial_prune f4 s30", "spatial_prune f4 s62p5 < spatial_prune f4 s30",
                          "evaluate f4 s62p5 < spatial_prune f4 s62p5"));
  EXPECT_THAT(TrialLines(graph), ElementsAre("f4-s30: spatial_prune f4 s30, evaluate f4 s30",
                                             "f4-s62p5: spatial_prune f4 s62p5, evaluate f4 s62p5"));
  EXPECT_EQ(graph.trials[1].parameters,
            (TrialParameters{.tile_size = 4, .spatial_rate = 0.625, .winograd_rate = std::nullopt}));
  EXPECT_EQ(graph.stages_alone, 4u + 5u);
}

TEST(StageGraph, OnlyWinogradPrunesTheDenseNet) {
  const StageGraph graph = Plan(R"("tile_sizes": [2], "winograd": {"rates": [0.4, 0.6]})");
  ExpectSound(graph);
  EXPECT_THAT(Lines(graph),
              ElementsAre("train", "evaluate dense < train", "winograd_prune f2 w40 < train",
                          "evaluate f2 w40 < winograd_prune f2 w40", "winograd_prune f2 w60 < winograd_prune f2 w40",
                          "evaluate f2 w60 < winograd_prune f2 w60"));
  EXPECT_THAT(TrialLines(graph), ElementsAre("f2-w40: winograd_prune f2 w40, evaluate f2 w40",
                                             "f2-w60: winograd_prune f2 w60, evaluate f2 w60"));
}

TEST(StageGraph, WithoutPruningTheOneTrialIsDense) {
  const StageGraph graph = Plan("", kWithHost);
  ExpectSound(graph);
  EXPECT_THAT(Lines(graph), ElementsAre("train", "evaluate dense < train", "benchmark dense < train"));
  EXPECT_THAT(TrialLines(graph), ElementsAre("dense: train, evaluate dense, benchmark dense"));
  EXPECT_EQ(graph.trials[0].parameters.tile_size, 4);
  EXPECT_EQ(graph.trials[0].evaluate, graph.trials[0].dense_evaluate);
  EXPECT_EQ(graph.trials[0].benchmark, graph.trials[0].dense_benchmark);
  EXPECT_EQ(graph.stages_alone, 3u);
}

TEST(StageGraph, PlannedAgainWithAHostGainsOnlyTheBenchmarks) {
  const std::string rest = R"("spatial": {"rates": [0.3, 0.5]}, "winograd": {"rates": [0.5, 0.7]})";
  const StageGraph before = Plan(rest);
  const StageGraph after = Plan(rest, kWithHost);
  std::vector<PlannedStage> without_benchmarks = after.stages;
  std::erase_if(without_benchmarks, [](const PlannedStage& s) { return s.kind() == StageKind::kBenchmark; });
  EXPECT_EQ(without_benchmarks, before.stages);
  EXPECT_EQ(after.stages.size(), before.stages.size() + before.trials.size() + 1);
  ASSERT_EQ(after.trials.size(), before.trials.size());
  for (size_t i = 0; i < after.trials.size(); ++i) {
    EXPECT_TRUE(after.trials[i].benchmark);
    PlannedTrial trial = after.trials[i];
    trial.benchmark.reset();
    trial.dense_benchmark.reset();
    EXPECT_EQ(trial, before.trials[i]);
  }
}

TEST(StageGraph, HasNoBenchmarksWhereTheSpecSwitchesThemOff) {
  const std::string rest = R"("spatial": {"rates": [0.3]}, "benchmark": {"enabled": false})";
  EXPECT_EQ(Plan(rest, kWithHost), Plan(rest));
}

TEST(StageGraph, IsTheSameEveryTime) {
  const std::string rest = R"("spatial": {"rates": [0.3, 0.5]}, "winograd": {"rates": [0.5, 0.7]})";
  EXPECT_EQ(Plan(rest, kWithHost), Plan(rest, kWithHost));
}

TEST(StageGraph, StagesHaveWhatTheSpecSays) {
  const StageGraph graph = Plan(R"("tile_sizes": [4], "spatial": {"rates": [0.3, {"rate": 0.5, "epochs": 7,
      "learning_rate": 0.02}], "retraining": {"epochs": 3, "learning_rate": {"initial": 0.05}}},
      "resources": {"threads": 2, "memory_mib": 700, "kinds": {"train": {"threads": 4}}},
      "benchmark": {"threads": [1, 8]}, "retries": {"max_attempts": 9}, "priority": 5, "data":
      {"name": "fashion-mnist", "train_limit": 100, "test_limit": 50})",
                                kWithHost);
  std::map<std::string, const PlannedStage*> stages;
  for (const PlannedStage& stage : graph.stages) stages[stage.label] = &stage;
  for (const PlannedStage& stage : graph.stages) {
    EXPECT_EQ(stage.priority, 5);
    EXPECT_EQ(stage.max_attempts, 9);
    EXPECT_EQ(stage.memory_mib, 700);
  }
  EXPECT_EQ(stages["train"]->threads, 4);
  EXPECT_EQ(stages["spatial_prune f4 s30"]->threads, 2);
  EXPECT_EQ(stages["benchmark f4 s30"]->threads, 8);  // what it times with is what it takes
  EXPECT_EQ(stages["train"]->data_set, "fashion-mnist");
  EXPECT_EQ(stages["train"]->data_digest, Spec("").data.digest);
  const auto& first = std::get<spec::SpatialPruneParameters>(stages["spatial_prune f4 s30"]->parameters);
  EXPECT_EQ(first.rate, 0.3);
  EXPECT_EQ(first.training.epochs, 3);
  EXPECT_EQ(first.training.learning_rate.initial, 0.05);
  EXPECT_EQ(first.data.train_limit, 100);
  const auto& second = std::get<spec::SpatialPruneParameters>(stages["spatial_prune f4 s50"]->parameters);
  EXPECT_EQ(second.training.epochs, 7);
  EXPECT_EQ(second.training.learning_rate.initial, 0.02);
  EXPECT_EQ(std::get<spec::EvaluateParameters>(stages["evaluate f4 s30"]->parameters).data.test_limit, 50);
}

TEST(StageGraph, DigestOfTheEnvironmentWins) {
  const std::string digest(64, 'a');
  const StageGraph graph = Plan("", {.data_digest = digest, .benchmark_fingerprint = std::nullopt});
  EXPECT_EQ(graph.stages[0].data_digest, digest);
  EXPECT_NE(graph.stages[0].key, Plan("").stages[0].key);
}

TEST(StageGraph, PretrainedWeightsStandInEveryStagesParameters) {
  const std::string digest(64, 'b');
  const StageGraph graph = Plan(R"("model": {"name": "lenet-5-3x3", "pretrained": {"path": "x", "sha256": ")" + digest +
                                R"("}}, "training": {"epochs": 0}, "spatial": {"rates": [0.3]})");
  ExpectSound(graph);
  for (const PlannedStage& stage : graph.stages) {
    std::visit([&](const auto& parameters) { EXPECT_EQ(parameters.model.pretrained_sha256, digest); },
               stage.parameters);
  }
}

TEST(StageGraph, OfTheLargestSweepIsPlannedInLittleTime) {
  const auto ladder = [](double least) {
    std::string rates;
    for (int i = 0; i < 64; ++i) rates += (i > 0 ? ", " : "") + std::to_string(least + 0.005 * i);
    return R"({"rates": [)" + rates + "]}";
  };
  const StageGraph graph = Plan(R"("spatial": )" + ladder(0.1) + R"(, "winograd": )" + ladder(0.5), kWithHost);
  EXPECT_EQ(graph.trials.size(), 2u * 64 * 64);
  EXPECT_EQ(graph.stages.size(), 3u + 2 * 64 + 3 * graph.trials.size());
}

TEST(StageGraph, IsSoundForRandomSpecs) {
  constexpr uint64_t kSeed = 77;
  std::mt19937_64 random(kSeed);
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE("seed 77 round " + std::to_string(round));
    spec::SweepSpec spec = Spec("");
    const auto steps = [&random](double from, double to) {
      std::vector<spec::RateStep> rates;
      double rate = from;
      for (size_t i = 1 + random() % 4; i > 0; --i) {
        rate += (to - rate) / 8;
        spec::RateStep step;
        step.rate = rate;
        step.from_dense = random() % 3 == 0;
        if (random() % 3 == 0) step.epochs = static_cast<int>(random() % 3);
        rates.push_back(step);
      }
      return rates;
    };
    if (random() % 4 != 0) spec.spatial = spec::SpatialPruning{.rates = steps(0.1, 0.5), .retraining = spec.training};
    if (random() % 4 != 0) {
      spec.winograd = spec::WinogradPruning();
      spec.winograd->rates = steps(0.5, 0.99);
    }
    if (random() % 2 == 0) spec.tile_sizes = {4};
    ASSERT_NO_FATAL_FAILURE(ExpectSound(BuildStageGraph(spec, random() % 2 == 0 ? kWithHost : kWithoutHost)));
  }
}

const std::string kHeldOut = R"("data": {"name": "fashion-mnist", "held_out": 5000}, "tile_sizes": [4],
                               "winograd": {"rates": [0.6, {"rate": 0.7, "from": "dense"}]})";

TEST(StageGraph, HeldOutImagesAreComparedOnAndNotTrainedOn) {
  const StageGraph graph = Plan(kHeldOut);
  ASSERT_NO_FATAL_FAILURE(ExpectSound(graph));
  for (const PlannedStage& stage : graph.stages) {
    if (const auto* evaluate = std::get_if<spec::EvaluateParameters>(&stage.parameters)) {
      EXPECT_EQ(evaluate->data.held_out, 5000);
    } else if (const auto* train = std::get_if<spec::TrainParameters>(&stage.parameters)) {
      EXPECT_EQ(train->data.held_out, 5000);
    } else {
      EXPECT_EQ(std::get<spec::WinogradPruneParameters>(stage.parameters).data.held_out, 5000);
    }
  }
  for (const PlannedTrial& trial : graph.trials) EXPECT_EQ(trial.images, "held-out");
}

TEST(StageGraph, OnlyTestTrialsSeeTheTestSet) {
  const StageGraph before = Plan(kHeldOut);
  const StageGraph graph = Plan(kHeldOut + R"(, "test_trials": ["f4-w70"])");
  ASSERT_NO_FATAL_FAILURE(ExpectSound(graph));
  EXPECT_THAT(TrialLines(graph), ElementsAre("f4-w60: winograd_prune f4 w60, evaluate f4 w60",
                                             "f4-w70: winograd_prune f4 w70, evaluate f4 w70",
                                             "f4-w70-test: winograd_prune f4 w70, evaluate f4 w70 test"));
  EXPECT_EQ(graph.trials[2].images, "test");
  EXPECT_EQ(graph.Find(graph.trials[2].dense_evaluate)->label, "evaluate dense test");
  EXPECT_EQ(graph.stages.size(), before.stages.size() + 2);
  for (const PlannedStage& stage : before.stages) EXPECT_NE(graph.Find(stage.key), nullptr) << stage.label;
  EXPECT_THAT(graph.unknown_test_trials, SizeIs(0));
  EXPECT_THAT(Plan(kHeldOut + R"(, "test_trials": ["f4-w71"])").unknown_test_trials, ElementsAre("f4-w71"));
}

TEST(StageGraph, EverySeedHasANetOfItsOwn) {
  const std::string rest = R"("tile_sizes": [4], "spatial": {"rates": [0.3]}, "winograd": {"rates": [0.6]})";
  const StageGraph graph = Plan(rest + R"(, "seeds": [1, 7])");
  ASSERT_NO_FATAL_FAILURE(ExpectSound(graph));
  EXPECT_THAT(TrialLines(graph),
              ElementsAre("f4-s30-w60-seed1: winograd_prune f4 s30 w60 seed1, evaluate f4 s30 w60 seed1",
                          "f4-s30-w60-seed7: winograd_prune f4 s30 w60 seed7, evaluate f4 s30 w60 seed7"));
  EXPECT_EQ(graph.trials[1].parameters.seed, 7);
  const StageGraph alone = Plan(rest + R"(, "training": {"seed": 7})");
  EXPECT_EQ(alone.trials[0].net, graph.trials[1].net);
  EXPECT_EQ(graph.stages.size(), 2 * alone.stages.size());
}

TEST(StageGraph, TheDenseNetIsTrainedOnToBeComparedWith) {
  const std::string rest = R"("tile_sizes": [4], "winograd": {"rates": [0.6]})";
  const StageGraph graph = Plan(rest + R"(, "trained_on": {"epochs": 3})");
  ASSERT_NO_FATAL_FAILURE(ExpectSound(graph));
  EXPECT_THAT(Lines(graph), ElementsAre("train", "evaluate dense < train", "train trained-on < train",
                                        "evaluate trained-on < train trained-on", "winograd_prune f4 w60 < train",
                                        "evaluate f4 w60 < winograd_prune f4 w60"));
  const auto& parameters = std::get<spec::TrainParameters>(graph.stages[2].parameters);
  EXPECT_EQ(parameters.training.epochs, 3);
  EXPECT_EQ(graph.Find(*graph.trials[0].trained_on_evaluate)->label, "evaluate trained-on");
  EXPECT_EQ(graph.trials[0].net, Plan(rest).trials[0].net);
}

}  // namespace
}  // namespace winnow::server
