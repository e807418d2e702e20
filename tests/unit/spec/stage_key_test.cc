#include "spec/stage_key.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "spec/canonical_json.h"

namespace winnow::spec {
namespace {

StageIdentity Train() {
  TrainParameters train;
  train.model.name = "vgg-nagadomi";
  train.data = {.name = "fashion-mnist", .train_limit = 12000};
  return {.parameters = train,
          .parents = {},
          .data_digest = std::string(64, 'd'),
          .benchmark_fingerprint = "",
          .threads = 2};
}

StageIdentity Benchmark() {
  BenchmarkParameters benchmark;
  benchmark.model.name = "vgg-nagadomi";
  benchmark.tile_size = 4;
  benchmark.rounds = 31;
  return {.parameters = benchmark,
          .parents = {std::string(64, 'a')},
          .data_digest = "",
          .benchmark_fingerprint = std::string(64, 'f'),
          .threads = 1};
}

// Golden: results stored under these keys must be found again. A change here loses every user's cache, so it needs a
// new version of the kind (spec/stage_kind.h) or a very good reason. The hashes are sha256sum's of the texts.
TEST(StageKey, IsTheHashOfThisText) {
  EXPECT_EQ(StageIdentityText(Train()),
            R"({"data_digest":")" + std::string(64, 'd') +
                R"(","kind":"train","numerics":{"device":"cpu","threads":2},"parameters":{"data":)"
                R"({"name":"fashion-mnist","train_limit":12000},"model":{"name":"vgg-nagadomi"}},)"
                R"("parents":[],"version":1})");
  EXPECT_EQ(StageKey(Train()), "d0dcca59598737ac41b2ef45c710345ca52251d480f4c86f2f5b639047e5f0ca");
  EXPECT_EQ(StageIdentityText(Benchmark()),
            R"({"fingerprint":")" + std::string(64, 'f') +
                R"(","kind":"benchmark","numerics":{"device":"cpu","threads":1},"parameters":{"model":)"
                R"({"name":"vgg-nagadomi"},"rounds":31,"tile_size":4},"parents":[")" +
                std::string(64, 'a') + R"("],"version":2})");
  EXPECT_EQ(StageKey(Benchmark()), "2e805b4f02f5328ad24f8f5e410a914271cb808516fbbf10a335944047fffb33");
}

TEST(StageKey, ChangesWithEverythingThatDecidesAResult) {
  std::set<std::string> keys = {StageKey(Train())};
  const auto add = [&keys](auto change) {
    StageIdentity identity = Train();
    change(identity, std::get<TrainParameters>(identity.parameters));
    EXPECT_TRUE(keys.insert(StageKey(identity)).second) << StageIdentityText(identity);
  };
  add([](StageIdentity& identity, TrainParameters&) { identity.threads = 1; });
  add([](StageIdentity& identity, TrainParameters&) { identity.data_digest = std::string(64, 'e'); });
  add([](StageIdentity& identity, TrainParameters&) { identity.parents = {std::string(64, 'a')}; });
  add([](StageIdentity&, TrainParameters& train) { train.model.name = "resnet-20"; });
  add([](StageIdentity&, TrainParameters& train) { train.model.width = 0.5; });
  add([](StageIdentity&, TrainParameters& train) { train.model.pretrained_sha256 = std::string(64, 'b'); });
  add([](StageIdentity&, TrainParameters& train) { train.data.train_limit = 0; });
  add([](StageIdentity&, TrainParameters& train) { train.training.epochs = 11; });
  add([](StageIdentity&, TrainParameters& train) { train.training.batch_size = 64; });
  add([](StageIdentity&, TrainParameters& train) { train.training.seed = 2; });
  add([](StageIdentity&, TrainParameters& train) { train.training.optimizer.name = OptimizerName::kAdam; });
  add([](StageIdentity&, TrainParameters& train) { train.training.optimizer.momentum = 0.8; });
  add([](StageIdentity&, TrainParameters& train) { train.training.optimizer.nesterov = true; });
  add([](StageIdentity&, TrainParameters& train) { train.training.optimizer.weight_decay = 0.0; });
  add([](StageIdentity&, TrainParameters& train) { train.training.learning_rate.initial = 0.2; });
  add([](StageIdentity&, TrainParameters& train) {
    train.training.learning_rate.schedule = LearningRateSchedule::kConstant;
  });
  add([](StageIdentity&, TrainParameters& train) { train.training.learning_rate.milestones = {1}; });
  add([](StageIdentity&, TrainParameters& train) { train.training.learning_rate.factor = 0.2; });
  add([](StageIdentity&, TrainParameters& train) { train.training.learning_rate.warmup_epochs = 1; });
  add([](StageIdentity&, TrainParameters& train) { train.training.augmentation.crop_padding = 5; });
  add([](StageIdentity&, TrainParameters& train) { train.training.augmentation.flip = false; });
  add([](StageIdentity&, TrainParameters& train) { train.training.batch_norm_momentum = 0.2; });
  add([](StageIdentity&, TrainParameters& train) { train.training.arithmetic = Arithmetic::kLibTorch; });
}

TEST(StageKey, OfABenchmarkHangsOnTheHostAndOfOthersDoesNot) {
  StageIdentity benchmark = Benchmark();
  benchmark.benchmark_fingerprint = std::string(64, '0');
  EXPECT_NE(StageKey(benchmark), StageKey(Benchmark()));
  benchmark = Benchmark();
  benchmark.data_digest = std::string(64, '0');
  EXPECT_EQ(StageKey(benchmark), StageKey(Benchmark()));
  StageIdentity train = Train();
  train.benchmark_fingerprint = std::string(64, '0');
  EXPECT_EQ(StageKey(train), StageKey(Train()));
}

TEST(StageKey, TextIsCanonical) {
  EXPECT_EQ(CanonicalJson(Json::parse(StageIdentityText(Benchmark()))).value(), StageIdentityText(Benchmark()));
}

TEST(StageKey, ToleratesNumbersThatJsonDoesNotHave) {
  StageIdentity identity = Train();
  std::get<TrainParameters>(identity.parameters).model.width = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(StageKey(identity).size(), 64u);
}

}  // namespace
}  // namespace winnow::spec
