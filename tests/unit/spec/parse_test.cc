#include "spec/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseSweepSpec, FillsInDefaults) {
  const SweepSpec spec = MustParse(kSmallestSpec);
  EXPECT_EQ(spec.name, "a");
  EXPECT_EQ(spec.description, "");
  EXPECT_EQ(spec.model, (Model{.name = "vgg-nagadomi", .width = 1.0, .pretrained = std::nullopt}));
  EXPECT_EQ(spec.data.digest, "d0a13531871adf77cb1d75902c9d2a2fdf613723748f5e8c24e0169faf064dc8");
  EXPECT_EQ(spec.data.train_limit, 0);
  EXPECT_EQ(spec.training, Training());
  EXPECT_FALSE(spec.spatial);
  EXPECT_FALSE(spec.winograd);
  EXPECT_THAT(spec.tile_sizes, ElementsAre(2, 4));
  EXPECT_EQ(spec.layers, LayerRules());
  EXPECT_EQ(spec.benchmark, Benchmark());
  EXPECT_EQ(spec.resources, Resources());
  EXPECT_EQ(spec.max_attempts, 3);
  EXPECT_EQ(spec.priority, 0);
}

TEST(ParseSweepSpec, ReadsEveryMember) {
  const SweepSpec spec = MustParse(kFullSpec);
  EXPECT_EQ(spec.name, "fashion-mnist");
  EXPECT_EQ(spec.description, "every member");
  EXPECT_EQ(spec.model.width, 0.5);
  EXPECT_EQ(spec.model.pretrained->path, "net.safetensors");
  EXPECT_EQ(spec.model.pretrained->sha256, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff");
  EXPECT_EQ(spec.data.train_limit, 12000);
  EXPECT_EQ(spec.data.test_limit, 5000);
  EXPECT_EQ(spec.data.held_out, 1000);
  EXPECT_THAT(spec.seeds, ElementsAre(3, 5));
  EXPECT_EQ(spec.trained_on->epochs, 6);
  EXPECT_EQ(spec.trained_on->batch_size, 64);
  EXPECT_THAT(spec.test_trials, ElementsAre("f4-s30-w50-seed3"));
  EXPECT_EQ(spec.training.epochs, 10);
  EXPECT_EQ(spec.training.batch_size, 64);
  EXPECT_EQ(spec.training.seed, 7);
  EXPECT_EQ(spec.training.optimizer,
            (Optimizer{.name = OptimizerName::kSgd, .momentum = 0.8, .nesterov = true, .weight_decay = 0.001}));
  EXPECT_EQ(spec.training.learning_rate.initial, 0.2);
  EXPECT_EQ(spec.training.learning_rate.warmup_epochs, 0.5);
  EXPECT_EQ(spec.training.augmentation, (Augmentation{.crop_padding = 2, .flip = false}));
  EXPECT_EQ(spec.training.batch_norm_momentum, 0.2);
  EXPECT_EQ(spec.training.arithmetic, Arithmetic::kLibTorch);
  ASSERT_EQ(spec.spatial->rates.size(), 2u);
  EXPECT_EQ(spec.spatial->rates[0].rate, 0.3);
  EXPECT_FALSE(spec.spatial->rates[0].epochs);
  EXPECT_EQ(spec.spatial->rates[1].rate, 0.5);
  EXPECT_EQ(spec.spatial->rates[1].epochs, 3);
  EXPECT_EQ(spec.spatial->rates[1].learning_rate, 0.01);
  EXPECT_TRUE(spec.spatial->rates[1].from_dense);
  EXPECT_EQ(spec.winograd->method, (WinogradMethod{.importance_factors = false,
                                                   .gradient_exponent = 2.0,
                                                   .mask_group = 4,
                                                   .moment_images = 512,
                                                   .centre_outputs = true,
                                                   .fisher_rows = true,
                                                   .compensation = Compensation::kKernel,
                                                   .rounds = 3,
                                                   .preconditioner = Preconditioner::kKernel,
                                                   .l1 = 0.001,
                                                   .batch_norm_images = 2048,
                                                   .distillation = {.weight = 0.5, .temperature = 3.0},
                                                   .sensitivity_images = 512,
                                                   .mask_changes = {.regrowth = Regrowth::kDenseCopy,
                                                                    .regrowth_fraction = 0.2,
                                                                    .mask_epochs = 2.5,
                                                                    .mask_interval = 50},
                                                   .dropout_shrinking = DropoutShrinking::kRoot}));
  EXPECT_EQ(spec.spatial->dropout_shrinking, DropoutShrinking::kPower);
  EXPECT_EQ(spec.training.learning_rate.schedule_epochs, 20);
  EXPECT_EQ(spec.training.initial_deviation, 0.05);
  EXPECT_THAT(spec.tile_sizes, ElementsAre(4, 2));
  EXPECT_THAT(spec.layers.exclude, ElementsAre("conv1"));
  EXPECT_EQ(spec.layers.fixed_rates.at("conv0"), 0.2);
  EXPECT_THAT(spec.benchmark.batch_sizes, ElementsAre(1, 8));
  EXPECT_THAT(spec.benchmark.peers, ElementsAre("torch"));
  EXPECT_EQ(spec.benchmark.rounds, 5);
  EXPECT_EQ(spec.resources.For(StageKind::kTrain), (StageResources{.threads = 4, .memory_mib = 1024}));
  EXPECT_EQ(spec.resources.For(StageKind::kEvaluate), (StageResources{.threads = 2, .memory_mib = 512}));
  EXPECT_EQ(spec.resources.For(StageKind::kBenchmark), (StageResources{.threads = 2, .memory_mib = 1024}));
  EXPECT_EQ(spec.max_attempts, 5);
  EXPECT_EQ(spec.priority, -3);
}

TEST(ParseSweepSpec, RetrainingInheritsWhatItLeavesOut) {
  const SweepSpec spec = MustParse(kFullSpec);
  Training expected = spec.training;
  expected.epochs = 2;
  expected.learning_rate.initial = 0.01;
  EXPECT_EQ(spec.spatial->retraining, expected);
  expected.epochs = 4;
  expected.learning_rate.initial = 0.001;
  expected.batch_norm_momentum = 0.02;
  EXPECT_EQ(spec.winograd->retraining, expected);
}

TEST(ParseSweepSpec, WinogradRetrainingHasABatchNormMomentumOfItsOwn) {
  const SweepSpec spec = MustParse(
      With(With(kSmallestSpec, "/winograd", R"({"rates": [0.5]})"), "/training", R"({"batch_norm_momentum": 0.3})"));
  EXPECT_EQ(spec.winograd->retraining.batch_norm_momentum, 0.01);
  EXPECT_EQ(WinogradPruning().retraining.batch_norm_momentum, 0.01);
}

TEST(ParseSweepSpec, NormalisedFormParsesToAnEqualSpec) {
  for (const std::string_view text : {kSmallestSpec, kFullSpec}) {
    const SweepSpec spec = MustParse(text);
    const std::string normalised = ToJson(spec).dump();
    EXPECT_EQ(MustParse(normalised), spec) << normalised;
    EXPECT_EQ(ToJson(MustParse(normalised)).dump(), normalised);
  }
}

TEST(ParseSweepSpec, NormalisedFormHasEveryMember) {
  const Json json = ToJson(MustParse(kFullSpec));
  const Json given = Json::parse(kFullSpec);
  for (const auto& [name, value] : given.items()) EXPECT_TRUE(json.contains(name)) << name;
  EXPECT_EQ(json.size(), given.size());
  EXPECT_EQ(json["spatial"]["rates"], given["spatial"]["rates"]);
  EXPECT_EQ(json["spatial"]["retraining"]["batch_size"], 64);
  EXPECT_FALSE(json["spatial"]["retraining"].contains("seed"));
  EXPECT_FALSE(json["winograd"]["retraining"].contains("batch_norm_momentum"));
  EXPECT_EQ(json["resources"], given["resources"]);
}

TEST(ParseSweepSpec, TakesIntegersWrittenAsReals) {
  EXPECT_EQ(MustParse(With(kSmallestSpec, "/training", R"({"epochs": 5.0, "batch_size": 1e2})")).training.batch_size,
            100);
  EXPECT_EQ(MustParse(With(kSmallestSpec, "/training", R"({"batch_norm_momentum": 1})")).training.batch_norm_momentum,
            1.0);
}

TEST(ParseSweepSpec, TakesLaddersThatBeginAgain) {
  const SweepSpec spec =
      MustParse(With(kSmallestSpec, "/spatial", R"({"rates": [0.3, 0.5, {"rate": 0.4, "from": "dense"}, 0.6]})"));
  EXPECT_EQ(spec.spatial->rates.size(), 4u);
}

TEST(ParseSweepSpec, TakesAPretrainedNetWithoutTraining) {
  const SweepSpec spec =
      MustParse(R"({"name": "r", "model": {"name": "resnet-20", "pretrained": {"path": "r.safetensors"}},
                    "data": {"name": "cifar-10"}, "training": {"epochs": 0},
                    "layers": {"exclude": ["layer2.0.conv1"], "fixed_rates": {"layer1.0.conv1": 0}}})");
  EXPECT_EQ(spec.training.epochs, 0);
}

TEST(ParseSweepSpec, TakesAnyLimitForFilesOfTheUsersOwn) {
  const std::string digest(64, 'a');
  EXPECT_EQ(MustParse(With(kSmallestSpec, "/data",
                           R"({"name": "cifar-10", "train_limit": 70000, "digest": ")" + digest + "\"}"))
                .data.train_limit,
            70000);
}

TEST(ParseSweepSpec, TakesTheExamplesThatAreShipped) {
  const std::filesystem::path folder = WINNOW_SOURCE_FOLDER "/deploy/sweeps";
  if (!std::filesystem::is_directory(folder)) GTEST_SKIP() << "no " << folder;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    SCOPED_TRACE(entry.path());
    std::ifstream file(entry.path());
    std::ostringstream text;
    text << file.rdbuf();
    MustParse(text.str());
  }
}

TEST(CheckSubmittable, WantsPretrainedWeightsByDigest) {
  SweepSpec spec = MustParse(kSmallestSpec);
  EXPECT_TRUE(CheckSubmittable(spec).ok());
  spec.model.pretrained = Pretrained{.path = "net.safetensors", .sha256 = ""};
  const Status status = CheckSubmittable(spec);
  EXPECT_EQ(status.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr("net.safetensors"));
  spec.model.pretrained->sha256 = std::string(64, '0');
  EXPECT_TRUE(CheckSubmittable(spec).ok());
}

}  // namespace
}  // namespace winnow::spec
