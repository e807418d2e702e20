// Stages of what is not in the catalogue: a network that the user wrote down, images in a folder of the user's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/temp_folder.h"
#include "tests/unit/worker/data/image_samples.h"
#include "tests/unit/worker/stage/tiny_stage.h"
#include "worker/stage/checkpoint_net.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

Json OwnModel() {
  return {{"name", "graph"}, {"graph", Json::parse(R"({"layers": [
    {"name": "a", "kind": "conv", "out_channels": 8, "kernel": 3, "padding": 1, "bias": false},
    {"name": "a_norm", "kind": "batch_norm"}, {"name": "a_out", "kind": "relu"},
    {"name": "b", "kind": "conv", "out_channels": 8, "kernel": 3, "padding": 1},
    {"kind": "add", "inputs": ["b", "a_out"]}, {"kind": "relu"},
    {"kind": "max_pool", "kernel": 4}, {"kind": "dropout", "probability": 0.1},
    {"name": "out", "kind": "linear", "out_features": 10}]})")}};
}

Json With(Json parameters, const Json& over) {
  parameters.merge_patch(over);
  return parameters;
}

class OwnStageTest : public ::testing::Test {
 protected:
  std::filesystem::path Folder(const std::string& name) const { return folder_ / name; }

  StageRun Run(const std::string& kind, const Json& parameters, const std::string& name, const std::string& parent) {
    Json request =
        StageRequestJson(kind, parameters, Folder(name), parent.empty() ? std::filesystem::path() : Folder(parent));
    if (!images_.empty() && request.contains("data")) {
      request["data"]["name"] = "image-folder";
      request["data"]["path"] = images_.string();
    }
    return RunInProcess(request);
  }

  // All kinds of stage one behind the other; parameters get `over` put over them.
  void RunAll(const Json& over) {
    const Json model = {{"model", over["model"]}};
    const std::tuple<const char*, Json, const char*, const char*> kStages[] = {
        {"train", With(TrainParametersJson(1), over), "dense", ""},
        {"spatial_prune", With(SpatialPruneParametersJson(4, 0.3, 1), over), "spatial", "dense"},
        {"winograd_prune", With(WinogradPruneParametersJson(4, 0.5, 1), over), "pruned", "spatial"},
        {"evaluate", With(EvaluateParametersJson(4), over), "evaluated", "pruned"},
        {"benchmark",
         With({{"tile_size", 4},
               {"batch_sizes", {16}},
               {"threads", {1}},
               {"rounds", 3},
               {"peers", {"onednn-direct", "torch"}}},
              model),
         "timed", "pruned"}};
    for (const auto& [kind, parameters, name, parent] : kStages) {
      const StageRun run = Run(kind, parameters, name, parent);
      ASSERT_EQ(run.exit_code, 0) << run.Text();
      values_[name] = run.Values();
    }
  }

  winnow::testing::TempFolder folder_;
  std::filesystem::path images_;  // "" for the tiny stages' own
  std::map<std::string, Json> values_;
};

TEST_F(OwnStageTest, ANetworkOfOnesOwnGoesThroughEveryKindOfStage) {
  RunAll({{"model", OwnModel()}});
  EXPECT_NEAR(values_["evaluated"]["sparsity"]["prunable"].get<double>(), 0.5, 1e-3);
  EXPECT_LT(values_["timed"]["rows"][0]["network"]["max_relative_error"].get<double>(), 1e-4);
  // The checkpoint says what it is of, so that nobody has to.
  const Result<DescribedNet> net = LoadDescribedNet(Folder("pruned") / "checkpoint.safetensors");
  ASSERT_TRUE(net) << net.error().message();
  EXPECT_EQ(net->description.model, "graph");
  EXPECT_EQ(net->loaded.net->Convs().size(), 2u);
  EXPECT_EQ(net->loaded.data_set.name, "fashion-mnist");
}

TEST_F(OwnStageTest, AFolderOfImagesGoesThroughEveryKindOfStage) {
  images_ = folder_ / "images";
  for (const char* split : {"train", "val"}) {
    for (int i = 0; i < 40; ++i) {
      const int label = i % 2;
      WriteImage(images_ / split / (label == 0 ? "dark" : "light") / (std::to_string(i) + ".jpg"),
                 JpegOf(40 + i, 70 - i, {static_cast<uint8_t>(60 + 130 * label + i)}));
    }
  }
  const Json data = {{"name", "image-folder"}, {"classes", 2}, {"side", 32}, {"train_limit", 0}};
  Json over = {{"model", {{"name", "resnet-18"}, {"width", 0.05}}}, {"data", data}};
  const StageRun train = Run("train", With(TrainParametersJson(4), over), "dense", "");
  ASSERT_EQ(train.exit_code, 0) << train.Text();
  EXPECT_EQ(train.Values().at("train_images"), 40);
  ASSERT_EQ(Run("winograd_prune", With(WinogradPruneParametersJson(4, 0.3, 1), over), "pruned", "dense").exit_code, 0);
  over["data"] = {{"name", "image-folder"}, {"classes", 2}, {"side", 32}, {"test_limit", 0}};
  const StageRun evaluated = Run("evaluate", With(EvaluateParametersJson(4), over), "evaluated", "pruned");
  ASSERT_EQ(evaluated.exit_code, 0) << evaluated.Text();
  EXPECT_EQ(evaluated.Values().at("images"), 40);
  const Result<DescribedNet> net = LoadDescribedNet(Folder("pruned") / "checkpoint.safetensors");
  ASSERT_TRUE(net) << net.error().message();
  EXPECT_EQ(net->loaded.data_set.name, "image-folder");
  EXPECT_EQ(net->loaded.data_set.classes, 2);
  EXPECT_EQ(net->loaded.data_set.height, 32);
}

TEST_F(OwnStageTest, AnImageThatCannotBeReadEndsTheStageWithItsName) {
  images_ = folder_ / "images";
  WriteImage(images_ / "train/a/1.jpg", JpegOf(40, 40, {1, 2, 3}));
  WriteImage(images_ / "train/b/2.jpg", "no image");
  WriteImage(images_ / "val/a/1.jpg", JpegOf(40, 40, {1, 2, 3}));
  const Json over = {{"model", {{"name", "resnet-18"}, {"width", 0.05}}},
                     {"data", {{"name", "image-folder"}, {"classes", 2}, {"side", 32}, {"train_limit", 0}}}};
  const StageRun run = Run("train", With(TrainParametersJson(1), over), "dense", "");
  EXPECT_EQ(run.exit_code, 1);
  ASSERT_EQ(run.Of("error").size(), 1u) << run.Text();
  EXPECT_EQ(run.Of("error")[0].at("code"), "DATA_LOSS");
  EXPECT_THAT(run.Of("error")[0].at("message").get<std::string>(),
              HasSubstr("1 of 2 images cannot be read: " + (images_ / "train/b/2.jpg").string()));
}

}  // namespace
}  // namespace winnow::worker
