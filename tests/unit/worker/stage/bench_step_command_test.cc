#include "worker/stage/bench_step_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spec/data_set.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(BenchStepArguments, SayWhatIsTimed) {
  const auto arguments = ParseBenchStepArguments(
      {"--layers", "conv2d-nhwc,winograd,spatial", "--variant=F2", "--sparsity", "0,0.5", "--batch", "32"});
  ASSERT_TRUE(arguments) << arguments.error().ToString();
  EXPECT_EQ(arguments->batch, 32);
  std::vector<std::string> names;
  for (const StepConfiguration& configuration : arguments->Configurations()) names.push_back(configuration.ToString());
  EXPECT_THAT(names, ::testing::ElementsAre("conv2d-nhwc", "winograd F(2x2,3x3)", "winograd F(2x2,3x3), 50 % zeros",
                                            "spatial"));
}

TEST(BenchStepArguments, RefuseWhatTheyDoNotKnow) {
  const auto message = [](const std::vector<std::string>& words) {
    const auto arguments = ParseBenchStepArguments(words);
    return arguments ? std::string("taken") : arguments.error().message();
  };
  EXPECT_THAT(message({"--layers", "conv2d"}), HasSubstr("not \"conv2d\""));
  EXPECT_THAT(message({"--sparsity", "1"}), HasSubstr("0 to 0.999"));
  EXPECT_THAT(message({"--profile", "maybe"}), HasSubstr("yes or no"));
  EXPECT_THAT(message({"--batch", "1"}), HasSubstr("--batch"));
  EXPECT_THAT(message({"--what", "1"}), HasSubstr("--what"));
}

// Every kind of layers takes the same steps from the same weights.
TEST(StepBenchmark, ContendersTrainTheSameNet) {
  const spec::Network network = *spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("fashion-mnist"));
  const StepConfiguration kinds[] = {{.layers = StepLayers::kConv2dNchw},
                                     {.layers = StepLayers::kConv2dNhwc},
                                     {.layers = StepLayers::kSpatial},
                                     {StepLayers::kWinograd, kernels::WinogradVariant::kF2K3, 0}};
  std::vector<double> losses;
  for (const StepConfiguration& kind : kinds) {
    auto contender = MakeStepContender(network, kind, 16);
    ASSERT_TRUE(contender) << contender.error().ToString();
    (*contender)->Run();
    losses.push_back((*contender)->loss());
  }
  for (const double loss : losses) EXPECT_NEAR(loss, losses[0], 1e-4);
}

TEST(StepBenchmark, RowsHaveRatiosPhasesAndRates) {
  const spec::Network network = *spec::FindNetwork("lenet-5-3x3", 1.0, *spec::FindDataSet("fashion-mnist"));
  const StepConfiguration kinds[] = {{.layers = StepLayers::kConv2dNchw},
                                     {StepLayers::kWinograd, kernels::WinogradVariant::kF4K3, 0.5}};
  const auto rows = TimeSteps(network, kinds, 16, 3);
  ASSERT_TRUE(rows) << rows.error().ToString();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].ratio_to_best_conv2d, 1.0);
  EXPECT_GT((*rows)[1].ratio_to_best_conv2d, 0.0);
  EXPECT_EQ((*rows)[0].phases, StepProfile{});
  EXPECT_GT((*rows)[1].phases[static_cast<size_t>(StepPhase::kForwardProducts)], 0.0);
  const Json json = (*rows)[1].ToJson();
  EXPECT_EQ(json["layers"], "winograd");
  EXPECT_EQ(json["variant"], "F(4x4,3x3)");
  EXPECT_NEAR(json["images_per_s"].get<double>() * json["step_ms"]["median"].get<double>(), 16e3, 1.0);
  EXPECT_TRUE(json["peak_bytes"].is_null());
}

}  // namespace
}  // namespace winnow::worker
