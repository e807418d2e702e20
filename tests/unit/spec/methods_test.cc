// "winograd" as a list of methods, and the nets that a method may start from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/stage_parameters.h"
#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr std::string_view kMethods = R"([
  {"name": "paper", "rates": [0.5]},
  {"name": "ours", "rates": [0.6, 0.8], "start": "dense", "selection": "second-order", "retraining": {"epochs": 1}},
  {"name": "native", "rates": [0.6], "start": "native",
   "native": {"training": {"epochs": 4, "learning_rate": {"initial": 0.01}}, "l1": 0.001, "threshold": 0.0001,
              "scale_threshold": false, "threshold_factor": 10}},
  {"name": "winograd-relu", "rates": [0.6], "start": "winograd-relu", "tile_sizes": [2]}
])";

std::string WithMethods(std::string_view methods = kMethods) {
  return With(With(kSmallestSpec, "/spatial", R"({"rates": [0.3]})"), "/winograd", methods);
}

TEST(Methods, AreReadEachWithItsOwn) {
  const SweepSpec spec = MustParse(WithMethods());
  EXPECT_FALSE(spec.winograd);
  ASSERT_THAT(spec.methods, SizeIs(4));
  EXPECT_EQ(spec.methods[0].start, Start::kSpatial);
  EXPECT_EQ(spec.methods[0].retraining.batch_norm_momentum, 0.01);
  EXPECT_EQ(spec.methods[1].name, "ours");
  EXPECT_EQ(spec.methods[1].start, Start::kDense);
  EXPECT_EQ(spec.methods[1].method.selection, Selection::kSecondOrder);
  EXPECT_EQ(spec.methods[1].retraining.epochs, 1);
  EXPECT_EQ(spec.methods[2].start, Start::kNative);
  EXPECT_EQ(spec.methods[2].native,
            (NativeRule{.l1 = 0.001, .threshold = 0.0001, .scale_threshold = false, .threshold_factor = 10}));
  EXPECT_EQ(spec.methods[2].native_training.epochs, 4);
  EXPECT_EQ(spec.methods[2].native_training.batch_size, spec.training.batch_size);  // inherited
  EXPECT_EQ(spec.methods[2].retraining.epochs, spec.training.epochs);
  EXPECT_EQ(spec.methods[3].start, Start::kWinogradRelu);
  EXPECT_THAT(spec.TileSizesOf(spec.methods[3]), ElementsAre(2));
  EXPECT_THAT(spec.TileSizesOf(spec.methods[0]), ElementsAre(2, 4));
  EXPECT_THAT(spec.WinogradPrunings(), SizeIs(4));
}

TEST(Methods, ComeBackFromJson) {
  const SweepSpec spec = MustParse(WithMethods());
  EXPECT_EQ(MustParse(ToJson(spec).dump()), spec);
  const SweepSpec object =
      MustParse(With(kSmallestSpec, "/winograd", R"({"rates": [0.6], "start": "native", "native": {"l1": 0.5}})"));
  EXPECT_EQ(MustParse(ToJson(object).dump()), object);
  EXPECT_EQ(object.winograd->native.l1, 0.5);
}

// What was written before there were methods is written as it was.
TEST(Methods, AddNothingToTheJsonOfAnObject) {
  const Json json = ToJson(MustParse(With(kSmallestSpec, "/winograd", R"({"rates": [0.6]})")));
  for (const char* name : {"name", "start", "native", "tile_sizes"}) {
    EXPECT_FALSE(json.at("winograd").contains(name)) << name;
  }
}

void ExpectFault(const std::string& spec, const std::string& pointer, const std::string& message) {
  const std::vector<SpecFault> faults = FaultsOf(spec);
  ASSERT_THAT(faults, SizeIs(1)) << spec << ToStatus(faults).message();
  EXPECT_EQ(faults[0].pointer, pointer);
  EXPECT_EQ(faults[0].message, message);
}

TEST(Methods, HaveTheirFaultsAtTheirPlaces) {
  const struct {
    std::string pointer, value, fault, message;
  } cases[] = {
      {"/winograd", "[]", "/winograd", "expected an object or an array of 1 to 16 methods, found 0"},
      {"/winograd", "3", "/winograd", "expected an object, found the number 3"},
      {"/winograd/0/name", "\"Paper\"", "/winograd/0/name",
       "expected a name of 1 to 63 of a-z, 0-9 and -, found the string \"Paper\""},
      {"/winograd/0", R"({"rates": [0.5]})", "/winograd/0", "expected the member \"name\", found none"},
      {"/winograd/1/name", "\"paper\"", "/winograd/1/name",
       "expected distinct names of methods, found \"paper\" again"},
      {"/winograd/0/rates", "[0.2]", "/winograd/0/rates/0",
       "expected no less than the highest spatial rate, 0.3, found 0.2"},
      {"/winograd/1/mask_group", "4", "/winograd/1/mask_group",
       "expected 1 with the selection \"second-order\", found 4"},
      {"/winograd/1/rounds", "3", "/winograd/1/rounds",
       "expected 1 without a compensation, which is what tells rounds apart, found 3"},
      {"/winograd/1/start", "\"natve\"", "/winograd/1/start",
       "expected a known name, found the string \"natve\"; did you mean \"native\"?"},
      {"/winograd/1/native", R"({"l1": 1})", "/winograd/1/native",
       "expected the start \"native\" or \"winograd-relu\" beside it, found \"dense\""},
      {"/winograd/2/native/threshold_factor", "1.5", "/winograd/2/native/threshold_factor",
       "expected 0, for none, or a number from 2 to 1000000, found the number 1.5"},
      {"/winograd/2/native/threshold", "0", "/winograd/2/native/threshold_factor",
       "expected 0 without a threshold, which it raises, found 10.0"},
      {"/winograd/2/native/training/epochs", "0", "/winograd/2/native/training/epochs",
       "expected at least 1 without /model/pretrained, found 0"},
      {"/winograd/2/native/training/learning_rate/warmup_epochs", "4", "/winograd/2/native/training/learning_rate",
       "expected warmup_epochs below the number of epochs, 4, found 4.0 (what is left out here is inherited from "
       "/training)"},
      {"/winograd/2/native/training/seed", "4", "/winograd/2/native/training/seed",
       "expected no member of this name; known: epochs, batch_size, optimizer, learning_rate, augmentation, "
       "arithmetic, batch_norm_momentum"},
      {"/winograd/3/tile_sizes", "[2, 4]", "/winograd/3/tile_sizes",
       "expected the tile sizes [2] for the start \"winograd-relu\", which there is for F(2x2,3x3) only, found [2, 4]"},
      {"/winograd/3", R"({"name": "r", "rates": [0.6], "start": "winograd-relu"})", "/winograd/3",
       "expected the tile sizes [2] for the start \"winograd-relu\", which there is for F(2x2,3x3) only, found [2, 4], "
       "the sweep's; give this method \"tile_sizes\": [2]"},
      {"/tile_sizes", "[4]", "/winograd/3/tile_sizes/0", "expected one of the sweep's /tile_sizes, [4], found 2"},
  };
  for (const auto& [pointer, value, fault, message] : cases) {
    ExpectFault(With(WithMethods(), pointer, value), fault, message);
  }
}

TEST(Methods, AreSearchedWithAtOneTileSizeEach) {
  const std::vector<SpecFault> faults = FaultsOf(With(WithMethods(), "/objective", "{}"));
  ASSERT_EQ(faults.size(), 3u);
  for (size_t i = 0; i < faults.size(); ++i) {
    EXPECT_EQ(faults[i].pointer, "/winograd/" + std::to_string(i) + "/tile_sizes");
    EXPECT_EQ(faults[i].message, "expected one tile size beside /objective, found 2");
  }
  EXPECT_TRUE(FaultsOf(With(With(WithMethods(), "/objective", "{}"), "/tile_sizes", "[2]")).empty());
}

TEST(Methods, OfOneObjectHaveNoName) {
  for (const char* member : {R"("name": "a")", R"("tile_sizes": [2])"}) {
    const std::string object = R"({"rates": [0.5], )" + std::string(member) + "}";
    EXPECT_THAT(FaultsOf(With(kSmallestSpec, "/winograd", object)), SizeIs(1)) << member;
  }
  ExpectFault(With(kSmallestSpec, "/winograd", R"({"rates": [0.5], "start": "winograd-relu"})"), "/tile_sizes",
              "expected the tile sizes [2] for the start \"winograd-relu\", which there is for F(2x2,3x3) only, found "
              "[2, 4]");
}

TEST(Methods, WantASpatialStartWhereThereIsASpatialPruning) {
  ExpectFault(WithMethods(R"([{"name": "a", "rates": [0.5], "start": "dense"}])"), "/spatial",
              "expected a method in /winograd with the start \"spatial\" beside it, found none; leave \"spatial\" out");
}

TEST(Methods, WantANetworkWithReluBeforeAPrunableLayer) {
  const std::string spec = R"({"name": "a", "model": {"graph": {"layers": [
      {"kind": "conv", "name": "c", "out_channels": 4, "kernel": 3, "padding": 1}, {"kind": "relu"},
      {"kind": "linear", "name": "f", "out_features": 10}]}}, "data": {"name": "fashion-mnist"}, "tile_sizes": [2],
      "winograd": {"rates": [0.5], "start": "winograd-relu"}})";
  ExpectFault(spec, "/winograd/start",
              "expected another start than \"winograd-relu\" for graph, none of whose prunable layers takes the output "
              "of a ReLU");
}

TEST(NativeParameters, StandInRequestsAndKeysOnlyWhereTheyAre) {
  TrainParameters train;
  train.model.name = "lenet-5-3x3";
  train.data.name = "cifar-10";
  EXPECT_FALSE(ToJson(train).contains("native"));
  EXPECT_FALSE(ToJson(train).at("model").contains("winograd_relu"));
  train.model.winograd_relu = {"conv1", "conv3"};
  train.native = NativeParameters{.tile_size = 2, .exclude = {}, .native = {.l1 = 0.5}};
  EXPECT_EQ(WithoutDefaults(train), Json::parse(R"({
      "model": {"name": "lenet-5-3x3", "winograd_relu": ["conv1", "conv3"]}, "data": {"name": "cifar-10"},
      "native": {"tile_size": 2, "l1": 0.5}})"));
  EXPECT_EQ(ToJson(train).at("native"),
            Json::parse(R"({"tile_size": 2, "exclude": [], "l1": 0.5, "threshold": 0, "scale_threshold": true,
                            "threshold_factor": 0})"));
  for (const Json& json : {ToJson(train), WithoutDefaults(train)}) {
    const auto back = StageParametersFromJson(StageKind::kTrain, json);
    ASSERT_TRUE(back) << back.error().ToString();
    EXPECT_EQ(std::get<TrainParameters>(*back), train);
  }
}

}  // namespace
}  // namespace winnow::spec
