// The net-making kinds and evaluate, in this process, on a few images. Over the size budget on purpose: a few lines a
// case, and all cases want the nets that one fixture trains.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <bit>
#include <cmath>

#include "spec/data_set.h"
#include "spec/network.h"
#include "tests/unit/worker/stage/tiny_stage.h"
#include "worker/checkpoint/safetensors.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

// Folders of the stages of a test, and the dense net that most start from.
class ExecutorsTest : public ::testing::Test {
 protected:
  std::filesystem::path Folder(const std::string& name) const { return folder_.path() / name; }

  StageRun Run(const std::string& kind, const Json& parameters, const std::string& name, const std::string& parent) {
    return RunInProcess(
        StageRequestJson(kind, parameters, Folder(name), parent.empty() ? std::filesystem::path() : Folder(parent)));
  }

  void TrainDense(int epochs = 1) {
    const StageRun run = Run("train", TrainParametersJson(epochs), "dense", "");
    ASSERT_EQ(run.exit_code, 0) << run.Text();
  }

  TestFolder folder_;
};

int64_t ZerosOf(const std::filesystem::path& checkpoint, const std::string& tensor, int64_t* count) {
  const Result<SafetensorsFile> file = SafetensorsFile::Read(checkpoint);
  const TensorView& view = file->tensors().at(tensor);
  *count = static_cast<int64_t>(view.bytes.size() / sizeof(float));
  const auto* values = reinterpret_cast<const float*>(view.bytes.data());
  return std::count(values, values + *count, 0.0F);
}

TEST_F(ExecutorsTest, TrainReportsInOrderAndRepeatsBitForBit) {
  const StageRun one = Run("train", TrainParametersJson(2), "a", ""),
                 two = Run("train", TrainParametersJson(2), "b", "");
  ASSERT_EQ(one.exit_code, 0) << one.Text();
  EXPECT_EQ(one.events.front().at("event"), "started");
  EXPECT_EQ(one.events.front().at("resumed_epoch"), 0);
  EXPECT_THAT(one.events.front().at("numerics_class"), HasSubstr("threads=1"));
  EXPECT_EQ(one.events.back().at("event"), "result");
  EXPECT_EQ(one.Of("measurement").size(), 6U);  // three names, two epochs
  ASSERT_EQ(one.Of("artifact").size(), 1U);
  EXPECT_EQ(one.Of("artifact")[0].at("path"), "checkpoint.safetensors");
  EXPECT_EQ(one.Of("progress").back().at("total"), 2.0);
  EXPECT_EQ(one.Values().at("train_images"), kTinyTrainImages);
  EXPECT_EQ(one.Values().at("epochs"), 2);
  EXPECT_EQ(CheckpointDigest(Folder("a")), CheckpointDigest(Folder("b")));
  EXPECT_EQ(one.Values().at("train_loss"), two.Values().at("train_loss"));
}

// Masks change before steps 3, 6, 9 and 12 of 16.
Json Changing(const std::string& schedule, const std::string& regrowth) {
  Json parameters = WinogradPruneParametersJson(4, 0.6, 2);
  parameters.update({{"schedule", schedule}, {"regrowth", regrowth}, {"mask_epochs", 1.5}, {"mask_interval", 3}});
  return parameters;
}

// Stops every kind of net-making stage in mid-epoch and resumes it.
TEST_F(ExecutorsTest, AStoppedStageIsGivenBackAndResumesToTheSameEnd) {
  TrainDense();
  ASSERT_EQ(Run("spatial_prune", SpatialPruneParametersJson(4, 0.3, 1), "spatial", "dense").exit_code, 0);
  const struct {
    std::string kind, parent;
    Json parameters;
    int64_t stop_at = 11;  // of 2 x 8 steps, and what the pruning before them asks
  } cases[] = {{"train", "", TrainParametersJson(2)},
               {"spatial_prune", "dense", SpatialPruneParametersJson(2, 0.4, 2)},
               {"winograd_prune", "spatial", WinogradPruneParametersJson(4, 0.5, 2)},
               {"winograd_prune", "dense", SecondOrderParametersJson(0.6, 2), 22},
               {"winograd_prune", "spatial", Changing("cubic", "none")},
               {"winograd_prune", "spatial", Changing("cubic", "dense-copy")},
               {"winograd_prune", "spatial", Changing("step", "rigl")}};
  for (const auto& c : cases) {
    const std::filesystem::path parent = c.parent.empty() ? std::filesystem::path() : Folder(c.parent);
    const StageRun whole = RunInProcess(StageRequestJson(c.kind, c.parameters, Folder(c.kind + "-whole"), parent));
    ASSERT_EQ(whole.exit_code, 0) << whole.Text();
    Json request = StageRequestJson(c.kind, c.parameters, Folder(c.kind + "-broken"), parent);
    const StageRun stopped = RunInProcess(request, c.stop_at);
    ASSERT_EQ(stopped.exit_code, 75) << stopped.Text();
    ASSERT_EQ(stopped.Of("resume_point").size(), 1U);
    EXPECT_EQ(stopped.Of("resume_point")[0].at("epoch"), 1);
    EXPECT_TRUE(stopped.Of("result").empty() && stopped.Of("error").empty());
    const std::string point = stopped.Of("resume_point")[0].at("path");
    request["resume"] = {{"checkpoint", (Folder(c.kind + "-broken") / point).string()}, {"epoch", 1}};
    const StageRun resumed = RunInProcess(request);
    ASSERT_EQ(resumed.exit_code, 0) << resumed.Text();
    EXPECT_EQ(resumed.events.front().at("resumed_epoch"), 1);
    EXPECT_EQ(resumed.events.front().at("restarted_because"), "");
    EXPECT_EQ(CheckpointDigest(Folder(c.kind + "-whole")), CheckpointDigest(Folder(c.kind + "-broken"))) << c.kind;
    Json expected = whole.Values(), found = resumed.Values();
    expected.erase("seconds");
    found.erase("seconds");
    EXPECT_EQ(expected, found) << c.kind;
  }
}

TEST_F(ExecutorsTest, AResumePointOfAnotherStageOrADamagedOneStartsAgainAndSaysSo) {
  Json request = StageRequestJson("train", TrainParametersJson(2), Folder("a"), "");
  ASSERT_EQ(RunInProcess(request, 11).exit_code, 75);
  Json other = StageRequestJson("train", TrainParametersJson(2), Folder("b"), "");
  other["resume"] = {{"checkpoint", (Folder("a") / "resume-a.safetensors").string()}, {"epoch", 1}};
  const StageRun restarted = RunInProcess(other);
  ASSERT_EQ(restarted.exit_code, 0) << restarted.Text();
  EXPECT_EQ(restarted.events.front().at("resumed_epoch"), 0);
  EXPECT_THAT(restarted.events.front().at("restarted_because"), HasSubstr("the resume point is of stages/"));
  EXPECT_EQ(restarted.Of("measurement").size(), 6U);

  std::filesystem::resize_file(Folder("a") / "resume-a.safetensors", 100);
  request["resume"] = {{"checkpoint", (Folder("a") / "resume-a.safetensors").string()}, {"epoch", 1}};
  const StageRun damaged = RunInProcess(request);
  ASSERT_EQ(damaged.exit_code, 0) << damaged.Text();
  EXPECT_THAT(damaged.events.front().at("restarted_because"), HasSubstr("resume-a.safetensors"));
  EXPECT_EQ(CheckpointDigest(Folder("a")), CheckpointDigest(Folder("b")));
}

TEST_F(ExecutorsTest, AResumePointOfAnotherNumericsClassStartsAgain) {
  Json request = StageRequestJson("train", TrainParametersJson(2), Folder("a"), "");
  ASSERT_EQ(RunInProcess(request, 11).exit_code, 75);
  request["resume"] = {{"checkpoint", (Folder("a") / "resume-a.safetensors").string()}, {"epoch", 1}};
  request["numerics"]["threads"] = 2;
  const StageRun restarted = RunInProcess(request);
  ASSERT_EQ(restarted.exit_code, 0) << restarted.Text();
  EXPECT_THAT(restarted.events.front().at("restarted_because"), HasSubstr("threads=1, this is"));
}

TEST_F(ExecutorsTest, SpatialPruneReachesItsTargetAndKeepsItThroughRetraining) {
  TrainDense();
  Json parameters = SpatialPruneParametersJson(4, 0.4, 1);
  parameters["exclude"] = {"conv0"};
  parameters["fixed_rates"] = {{"conv1", 0.2}};
  const StageRun run = Run("spatial_prune", parameters, "spatial", "dense");
  ASSERT_EQ(run.exit_code, 0) << run.Text();
  const Json layers = run.Values().at("layers");
  ASSERT_EQ(layers.size(), 3U);
  for (const Json& layer : layers) {
    EXPECT_EQ(layer.at("target"), layer.at("name") == "conv1" ? 0.2 : 0.4);
    EXPECT_NEAR(layer.at("reached"), layer.at("target"), 0.02) << layer;
    int64_t count = 0;
    const int64_t zeros =
        ZerosOf(Folder("spatial") / "checkpoint.safetensors", layer.at("name").get<std::string>() + ".weight", &count);
    EXPECT_EQ(static_cast<double>(zeros) / static_cast<double>(count), layer.at("spatial_sparsity")) << layer;
  }
  int64_t count = 0;
  EXPECT_EQ(ZerosOf(Folder("spatial") / "checkpoint.safetensors", "conv0.weight", &count), 0);
}

TEST_F(ExecutorsTest, WinogradPruneLeavesExactlyTheCountItShould) {
  TrainDense();
  ASSERT_EQ(Run("spatial_prune", SpatialPruneParametersJson(4, 0.3, 0), "spatial", "dense").exit_code, 0);
  const StageRun first = Run("winograd_prune", WinogradPruneParametersJson(4, 0.55, 1), "first", "spatial");
  ASSERT_EQ(first.exit_code, 0) << first.Text();
  const StageRun second = Run("winograd_prune", WinogradPruneParametersJson(4, 0.7, 1), "second", "first");
  ASSERT_EQ(second.exit_code, 0) << second.Text();
  for (const auto& [run, name, rate] : {std::tuple(&first, "first", 0.55), std::tuple(&second, "second", 0.7)}) {
    const Json layers = run->Values().at("layers");
    ASSERT_FALSE(layers.empty());
    for (const Json& layer : layers) {
      int64_t count = 0;
      const int64_t zeros = ZerosOf(Folder(name) / "checkpoint.safetensors",
                                    layer.at("name").get<std::string>() + ".winograd_weight", &count);
      EXPECT_EQ(zeros, std::llround(rate * static_cast<double>(count))) << layer;
      EXPECT_EQ(layer.at("reached"), static_cast<double>(zeros) / static_cast<double>(count));
    }
  }
}

TEST_F(ExecutorsTest, ChangingMasksEndAtTheRateAndTheResultSaysSo) {
  TrainDense();
  for (const auto& [schedule, regrowth] : {std::pair("cubic", "none"), std::pair("cubic", "dense-copy"),
                                           std::pair("step", "dense-copy"), std::pair("step", "rigl")}) {
    SCOPED_TRACE(std::string(schedule) + " " + regrowth);
    Json parameters = Changing(schedule, regrowth);
    parameters["fixed_rates"] = {{"conv0", 0.2}};
    const StageRun run = Run("winograd_prune", parameters, std::string(schedule) + regrowth, "dense");
    ASSERT_EQ(run.exit_code, 0) << run.Text();
    const Json layers = run.Values().at("layers");
    ASSERT_EQ(layers.size(), 4U);
    for (const Json& layer : layers) {
      const std::string name = layer.at("name");
      const double rate = name == "conv0" ? 0.2 : 0.6;
      int64_t count = 0;
      const int64_t zeros = ZerosOf(Folder(std::string(schedule) + regrowth) / "checkpoint.safetensors",
                                    name + ".winograd_weight", &count);
      const auto wanted = std::llround(rate * static_cast<double>(count));
      EXPECT_EQ(layer.at("target"), rate);
      EXPECT_EQ(layer.at("reached"), static_cast<double>(wanted) / static_cast<double>(count)) << layer;
      EXPECT_GE(zeros, wanted) << layer;
      if (std::string(regrowth) != "rigl") {  // else what has come back may still be 0
        EXPECT_EQ(zeros, wanted) << layer;
      }
    }
  }
}

// With every allocation and a schedule the layers together end at the rate.
TEST_F(ExecutorsTest, SensitivityIsScannedOnceAndGoesWithTheCubicSchedule) {
  TrainDense();
  Json parameters = Changing("cubic", "none");
  parameters.update({{"allocation", "sensitivity"}, {"sensitivity_images", 128}});
  const StageRun run = Run("winograd_prune", parameters, "pruned", "dense");
  ASSERT_EQ(run.exit_code, 0) << run.Text();
  double zeros = 0, all = 0;
  const Json layers = run.Values().at("layers");
  for (const Json& layer : layers) {
    int64_t count = 0;
    const int64_t own = ZerosOf(Folder("pruned") / "checkpoint.safetensors",
                                layer.at("name").get<std::string>() + ".winograd_weight", &count);
    EXPECT_EQ(layer.at("reached"), static_cast<double>(own) / static_cast<double>(count)) << layer;
    EXPECT_EQ(layer.at("target"), layer.at("reached"));
    EXPECT_GT(layer.at("fall_rate"), 0.0);
    zeros += static_cast<double>(own);
    all += static_cast<double>(count);
  }
  EXPECT_NEAR(zeros / all, 0.6, 1e-3);
}

TEST_F(ExecutorsTest, InitialWeightsHaveTheDeviationAskedFor) {
  Json parameters = TrainParametersJson(1);
  parameters["training"]["learning_rate"]["initial"] = 1e-9;  // so that they are as they were
  parameters["training"]["initial_deviation"] = 0.05;
  ASSERT_EQ(Run("train", parameters, "dense", "").exit_code, 0);
  const Result<SafetensorsFile> file = SafetensorsFile::Read(Folder("dense") / "checkpoint.safetensors");
  const TensorView& view = file->tensors().at("conv3.weight");
  const auto* values = reinterpret_cast<const float*>(view.bytes.data());
  const size_t count = view.bytes.size() / sizeof(float);
  double squares = 0;
  for (size_t i = 0; i < count; ++i) squares += static_cast<double>(values[i]) * static_cast<double>(values[i]);
  EXPECT_NEAR(std::sqrt(squares / static_cast<double>(count)), 0.05,
              0.05 * 3 / std::sqrt(2.0 * static_cast<double>(count)));
}

TEST_F(ExecutorsTest, SecondOrderPruningReachesItsShareOfTheWorkAndHoldsIt) {
  TrainDense();
  Json parameters = SecondOrderParametersJson(0.6, 1);
  parameters["fixed_rates"] = {{"conv0", 0.2}};
  const StageRun run = Run("winograd_prune", parameters, "pruned", "dense");
  ASSERT_EQ(run.exit_code, 0) << run.Text();
  double saved = 0, all = 0;
  const Json layers = run.Values().at("layers");  // a temporary would be gone in the loop
  ASSERT_EQ(layers.size(), 4U);
  for (const Json& layer : layers) {
    const std::string name = layer.at("name");
    int64_t count = 0;
    const int64_t zeros = ZerosOf(Folder("pruned") / "checkpoint.safetensors", name + ".winograd_weight", &count);
    EXPECT_EQ(layer.at("reached"), static_cast<double>(zeros) / static_cast<double>(count)) << "of " << name;
    if (name == "conv0") {
      EXPECT_NEAR(layer.at("reached"), 0.2, 0.01);
      continue;
    }
    const spec::Network network = *spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("fashion-mnist"));
    const auto tiles = static_cast<double>(network.FindLayer(name)->tiles(4));
    saved += static_cast<double>(zeros) * tiles;
    all += static_cast<double>(count) * tiles;
  }
  EXPECT_NEAR(saved / all, 0.6, 1e-3);
}

TEST_F(ExecutorsTest, EvaluateCountsImagesAndSparsity) {
  TrainDense(3);
  const StageRun dense = Run("evaluate", EvaluateParametersJson(4), "dense-eval", "dense");
  ASSERT_EQ(dense.exit_code, 0) << dense.Text();
  const Json values = dense.Values();
  EXPECT_EQ(values.at("images"), 500);
  EXPECT_EQ(values.at("accuracy"), values.at("correct").get<double>() / 500);
  EXPECT_GT(values.at("accuracy"), 0.2);
  EXPECT_EQ(values.at("sparsity").at("prunable"), 0.0);
  EXPECT_EQ(values.at("layers").size(), 6U);  // four convolutions, two linear layers

  ASSERT_EQ(Run("winograd_prune", WinogradPruneParametersJson(4, 0.5, 0), "pruned", "dense").exit_code, 0);
  const StageRun pruned = Run("evaluate", EvaluateParametersJson(4), "pruned-eval", "pruned");
  ASSERT_EQ(pruned.exit_code, 0) << pruned.Text();
  const Json sparsity = pruned.Values().at("sparsity");
  EXPECT_NEAR(sparsity.at("prunable"), 0.5, 1e-3);
  EXPECT_LT(sparsity.at("multiplications_left"), values.at("sparsity").at("multiplications_left"));
  const Json layers = pruned.Values().at("layers");
  ASSERT_FALSE(layers.empty());
  for (const Json& layer : layers) {
    const bool conv = layer.at("name").get<std::string>().starts_with("conv");
    EXPECT_EQ(layer.at("spatial_sparsity").is_null(), conv) << layer;
    EXPECT_EQ(layer.at("winograd_sparsity").is_null(), !conv) << layer;
  }
  const StageRun again = Run("evaluate", EvaluateParametersJson(4), "again", "pruned");
  EXPECT_EQ(again.Values().at("loss"), pruned.Values().at("loss"));
}

TEST_F(ExecutorsTest, EvaluateTellsWhichImagesWereRight) {
  TrainDense();
  Json parameters = EvaluateParametersJson(4);
  parameters["data"] = {{"name", "fashion-mnist"}, {"held_out", 302}};
  const StageRun run = Run("evaluate", parameters, "held-out", "dense");
  ASSERT_EQ(run.exit_code, 0) << run.Text();
  EXPECT_EQ(run.Values().at("images"), 302);
  const std::string right = run.Values().at("right");
  EXPECT_EQ(right.size(), 76U);
  int count = 0;
  for (const char digit : right)
    count += std::popcount(static_cast<unsigned>(std::stoi(std::string(1, digit), nullptr, 16)));
  EXPECT_EQ(count, run.Values().at("correct"));
  EXPECT_LT(right.back(), '4') << "302 = 4 * 75 + 2";
}

TEST_F(ExecutorsTest, TrainGoesOnFromAParent) {
  TrainDense();
  const StageRun on = Run("train", TrainParametersJson(1), "on", "dense");
  ASSERT_EQ(on.exit_code, 0) << on.Text();
  const StageRun longer = Run("train", TrainParametersJson(0), "kept", "dense");
  ASSERT_EQ(longer.exit_code, 0) << longer.Text();
  const Json before = Run("evaluate", EvaluateParametersJson(4), "before", "dense").Values();
  EXPECT_EQ(Run("evaluate", EvaluateParametersJson(4), "same", "kept").Values().at("right"), before.at("right"));
  EXPECT_NE(Run("evaluate", EvaluateParametersJson(4), "after", "on").Values().at("loss"), before.at("loss"));

  ASSERT_EQ(Run("winograd_prune", WinogradPruneParametersJson(4, 0.5, 0), "pruned", "dense").exit_code, 0);
  const StageRun refused = Run("train", TrainParametersJson(1), "refused", "pruned");
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.Text().find("a dense net is spatial throughout"), std::string::npos) << refused.Text();
}

// An unpruned net computes the same in either domain, but for rounding.
TEST_F(ExecutorsTest, ConversionAloneChangesNoAnswer) {
  TrainDense(3);
  Json parameters = WinogradPruneParametersJson(4, 0.0001, 0);  // rounds to no coefficient of the small layers
  ASSERT_EQ(Run("winograd_prune", parameters, "converted", "dense").exit_code, 0);
  const Json before = Run("evaluate", EvaluateParametersJson(4), "before", "dense").Values();
  const Json after = Run("evaluate", EvaluateParametersJson(4), "after", "converted").Values();
  EXPECT_NEAR(before.at("loss"), after.at("loss"), 2e-3);
  EXPECT_NEAR(before.at("correct"), after.at("correct"), 2);
}

struct FaultCase {
  std::string what;
  std::function<void(Json&)> make;
  std::string code;
  bool retryable;
  std::string message;
};

TEST_F(ExecutorsTest, FaultsEndAsOneErrorLineAfterStarted) {
  TrainDense();
  const std::string zeros(64, '0');
  const std::vector<FaultCase> cases = {
      {"digest", [&](Json& r) { r["parents"][0]["digest"] = zeros; }, "DATA_LOSS", true, "expected " + zeros},
      {"missing net", [](Json& r) { r["parents"][0]["checkpoint"] = "/nowhere"; }, "NOT_FOUND", true, "/nowhere"},
      {"excluded", [](Json& r) { r["parameters"]["exclude"] = {"conv9"}; }, "INVALID_ARGUMENT", false,
       "\"conv9\" (exclude); prunable are: conv0 conv1"},
      {"other network", [](Json& r) { r["parameters"]["model"]["name"] = "resnet-20"; }, "INVALID_ARGUMENT", false,
       "conv1.weight"},
      {"no data", [](Json& r) { r["data"]["path"] = "/nowhere"; }, "NOT_FOUND", true, "/nowhere"},
      {"malformed", [](Json& r) { r.erase("numerics"); }, "INVALID_ARGUMENT", false, "/numerics"},
      {"diverges",
       [](Json& r) {
         r["parameters"]["training"]["learning_rate"] = {{"initial", 1000}, {"schedule", "constant"}};
       },
       "OUT_OF_RANGE", false, "the training loss is not finite in epoch"},
  };
  for (const FaultCase& c : cases) {
    Json request =
        StageRequestJson("spatial_prune", SpatialPruneParametersJson(4, 0.3, 3), Folder("fault"), Folder("dense"));
    c.make(request);
    const StageRun run = RunInProcess(request);
    EXPECT_EQ(run.exit_code, 1) << c.what;
    EXPECT_EQ(run.events.front().at("event"), "started") << c.what;
    const Json& error = run.events.back();
    ASSERT_EQ(error.at("event"), "error") << c.what;
    EXPECT_EQ(error.at("code"), c.code) << c.what << error;
    EXPECT_EQ(error.at("retryable"), c.retryable) << c.what;
    EXPECT_THAT(error.at("message").get<std::string>(), HasSubstr(c.message)) << c.what;
  }
}

TEST_F(ExecutorsTest, WinogradStagesRefuseNetsOfAnotherTileSize) {
  TrainDense();
  ASSERT_EQ(Run("winograd_prune", WinogradPruneParametersJson(2, 0.3, 0), "f2", "dense").exit_code, 0);
  const StageRun prune = Run("winograd_prune", WinogradPruneParametersJson(4, 0.5, 0), "f4", "f2");
  EXPECT_EQ(prune.events.back().at("code"), "FAILED_PRECONDITION");
  const StageRun evaluate = Run("evaluate", EvaluateParametersJson(4), "eval", "f2");
  EXPECT_EQ(evaluate.events.back().at("code"), "FAILED_PRECONDITION");
  const StageRun spatial = Run("spatial_prune", SpatialPruneParametersJson(2, 0.4, 0), "back", "f2");
  EXPECT_EQ(spatial.events.back().at("code"), "FAILED_PRECONDITION");
}

TEST_F(ExecutorsTest, EvaluateAndBenchmarkStopBetweenBatchesAndRows) {
  TrainDense();
  EXPECT_EQ(
      RunInProcess(StageRequestJson("evaluate", EvaluateParametersJson(4), Folder("e"), Folder("dense")), 1).exit_code,
      75);
  const Json parameters = {{"model", {{"name", "lenet-5-3x3"}}},
                           {"tile_size", 4},
                           {"batch_sizes", {1}},
                           {"threads", {1}},
                           {"rounds", 3},
                           {"peers", Json::array()}};
  EXPECT_EQ(RunInProcess(StageRequestJson("benchmark", parameters, Folder("b"), Folder("dense")), 1).exit_code, 75);
}

TEST_F(ExecutorsTest, BenchmarkRowsAreCompleteAndCorrect) {
  TrainDense();
  ASSERT_EQ(Run("winograd_prune", WinogradPruneParametersJson(2, 0.5, 0), "pruned", "dense").exit_code, 0);
  const Json parameters = {{"model", {{"name", "lenet-5-3x3"}}},
                           {"tile_size", 2},
                           {"batch_sizes", {1, 2}},
                           {"threads", {1}},
                           {"rounds", 3},
                           {"peers", {"torch"}},
                           {"exclude", {"conv0"}}};
  const StageRun run = Run("benchmark", parameters, "bench", "pruned");
  ASSERT_EQ(run.exit_code, 0) << run.Text();
  const Json values = run.Values();
  EXPECT_EQ(values.at("tile_size"), 2);
  EXPECT_EQ(values.at("fingerprint").at("digest").get<std::string>().size(), 64U);
  ASSERT_EQ(values.at("rows").size(), 2U);
  for (const Json& row : values.at("rows")) {
    EXPECT_EQ(row.at("threads"), 1);
    EXPECT_TRUE(row.at("noisy").is_boolean());
    const Json& network = row.at("network");
    EXPECT_GT(network.at("ours_ms"), 0.0);
    EXPECT_GT(network.at("ratios").at("torch"), 0.0);
    EXPECT_LT(network.at("max_relative_error"), 1e-4);
    double ours = 0;
    ASSERT_EQ(row.at("layers").size(), 3U);
    for (const Json& layer : row.at("layers")) {
      EXPECT_EQ(layer.at("shape")[0], row.at("batch_size"));
      EXPECT_NEAR(layer.at("sparsity"), 0.5, 1e-3);
      EXPECT_LT(layer.at("max_relative_error"), 1e-5);
      EXPECT_GT(layer.at("peers").at("torch").at("ms"), 0.0);
      EXPECT_THAT(layer.at("peers").at("torch").at("implementation").get<std::string>(), HasSubstr("LibTorch"));
      ours += layer.at("ours_ms").get<double>();
    }
    EXPECT_DOUBLE_EQ(row.at("ours_ms").get<double>(), ours);
    EXPECT_DOUBLE_EQ(row.at("ratios").at("torch").get<double>(), row.at("peers").at("torch").get<double>() / ours);
  }
}

}  // namespace
}  // namespace winnow::worker
