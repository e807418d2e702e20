#include "spec/presets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr std::string_view kDigest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

std::string SpecOf(const std::string& preset) {
  return R"({"name": "p", "preset": ")" + preset + R"(", "data": {"digest": ")" + std::string(kDigest) + "\"}}";
}

TEST(Presets, AllOfThemAreWhole) {
  for (const Preset& preset : Presets()) {
    SCOPED_TRACE(preset.name);
    const SweepSpec spec = MustParse(SpecOf(preset.name));
    EXPECT_EQ(spec.data.digest, kDigest);
    EXPECT_TRUE(spec.spatial);
    EXPECT_TRUE(spec.winograd);
    EXPECT_FALSE(ToJson(spec).contains("preset"));
    EXPECT_EQ(MustParse(ToJson(spec).dump()), spec);
  }
}

TEST(Presets, HoldThePapersSchedules) {
  const SweepSpec vgg = MustParse(SpecOf("paper/vgg-nagadomi"));
  EXPECT_EQ(vgg.training.epochs, 700);
  EXPECT_EQ(vgg.training.learning_rate.milestones, (std::vector<int>{200, 350, 500, 600}));
  EXPECT_EQ(vgg.training.optimizer.weight_decay, 0.0003);
  EXPECT_EQ(vgg.training.augmentation.crop_padding, 5);
  EXPECT_EQ(vgg.winograd->retraining.learning_rate.initial, 1e-6);
  EXPECT_EQ(vgg.winograd->retraining.optimizer.weight_decay, 0.0003);
  EXPECT_EQ(vgg.winograd->retraining.batch_norm_momentum, 1e-4);
  EXPECT_EQ(vgg.winograd->method.gradient_exponent, 1.5);
  EXPECT_EQ(vgg.winograd->rates.front().rate, 0.63);
  EXPECT_EQ(vgg.spatial->rates.back().rate, 0.6);
  EXPECT_EQ(vgg.spatial->rates.back().epochs, 250);  // and of the milestones the first two
  EXPECT_EQ(vgg.spatial->retraining.learning_rate.milestones, (std::vector<int>{100, 200, 300}));
  EXPECT_EQ(vgg.training.initial_deviation, 0.05);
  EXPECT_EQ(vgg.spatial->dropout_shrinking, DropoutShrinking::kNone);
  const SweepSpec conv_pool = MustParse(SpecOf("paper/convpool-cnn-c"));
  EXPECT_EQ(conv_pool.spatial->dropout_shrinking, DropoutShrinking::kPower);
  EXPECT_EQ(conv_pool.winograd->method.dropout_shrinking, DropoutShrinking::kPower);
  EXPECT_EQ(conv_pool.training.initial_deviation, 0.0);
  const SweepSpec resnet = MustParse(SpecOf("paper/resnet-18"));
  EXPECT_EQ(resnet.data.name, "image-folder");
  EXPECT_EQ(resnet.data.classes, 1000);
  EXPECT_EQ(resnet.training.batch_size, 256);
}

TEST(Presets, GiveWayToTheSpecsOwnMembers) {
  const SweepSpec spec = MustParse(R"({"name": "p", "preset": "small/fashion-mnist", "winograd": null,
    "training": {"epochs": 1}, "spatial": {"rates": [0.2]}})");
  EXPECT_EQ(spec.training.epochs, 1);
  EXPECT_EQ(spec.training.learning_rate.initial, 0.05);
  ASSERT_THAT(spec.spatial->rates, SizeIs(1));
  EXPECT_EQ(spec.spatial->retraining.learning_rate.initial, 0.01);
  EXPECT_FALSE(spec.winograd);
}

TEST(Presets, AnUnknownOneIsAFault) {
  const auto faults =
      FaultsOf(R"({"name": "p", "preset": "paper/vgg", "model": {"name": "resnet-20"}, "data": {"name": "cifar-10"}})");
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_EQ(faults[0].pointer, "/preset");
  EXPECT_THAT(faults[0].message, HasSubstr("expected a known name, found the string \"paper/vgg\""));
}

TEST(Presets, FaultsOfWhatIsPutOverThemHaveTheirPlace) {
  const auto faults = FaultsOf(R"({"name": "p", "preset": "small/fashion-mnist", "training": {"epochs": -1}})");
  ASSERT_THAT(faults, SizeIs(1));
  EXPECT_EQ(faults[0].pointer, "/training/epochs");
}

TEST(ImageFolderData, HasRulesOfItsOwn) {
  const std::string base = SpecOf("small/resnet-18");
  EXPECT_THAT(FaultsOf(With(base, "/data", R"({"name": "image-folder", "classes": 10})")), SizeIs(1));  // no digest
  const auto without = FaultsOf(With(base, "/data/classes", "0"));
  ASSERT_THAT(without, SizeIs(1));
  EXPECT_THAT(without[0].message, HasSubstr("expected the member \"classes\""));
  const auto side = FaultsOf(With(base, "/data/side", "5"));
  ASSERT_THAT(side, SizeIs(1));
  EXPECT_EQ(side[0].pointer, "/data/side");
  const auto others = FaultsOf(
      R"({"name": "p", "model": {"name": "resnet-20"}, "data": {"name": "cifar-10", "classes": 9, "side": 64}})");
  ASSERT_THAT(others, SizeIs(2));
  EXPECT_EQ(others[0].pointer, "/data/classes");
  EXPECT_EQ(others[1].pointer, "/data/side");
}

}  // namespace
}  // namespace winnow::spec
