#include "worker/stage/bench_arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(BenchArguments, TakesLayersSetsAndLists) {
  const auto arguments = ParseBenchArguments({"--layers", "kernels14", "--layer", "2,3,5,7,9", "--sparsity", "0,0.5",
                                              "--mask=structured", "--threads", "1,2", "--variant", "F2"});
  ASSERT_TRUE(arguments) << arguments.error().ToString();
  EXPECT_EQ(arguments->layers.size(), 15U);
  EXPECT_FALSE(ParseBenchArguments({"--layers", "odd"})->variant);
  EXPECT_EQ(arguments->layers.back().width, 9);
  EXPECT_THAT(arguments->sparsities, ElementsAre(0.0, 0.5));
  EXPECT_THAT(arguments->threads, ElementsAre(1, 2));
  EXPECT_EQ(arguments->mask, MaskKind::kStructured);
  EXPECT_EQ(arguments->variant, kernels::WinogradVariant::kF2K3);
}

TEST(BenchArguments, TakesACheckpointInsteadOfLayers) {
  const auto arguments = ParseBenchArguments({"--checkpoint", "net.safetensors", "--batch", "1,16"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->checkpoint, "net.safetensors");
  EXPECT_THAT(arguments->batch_sizes, ElementsAre(1, 16));
}

TEST(BenchArguments, SaysWhatAnOptionTakes) {
  const auto message = [](std::vector<std::string> words) { return ParseBenchArguments(words).error().message(); };
  EXPECT_THAT(message({}), HasSubstr("no layer"));
  EXPECT_THAT(message({"--layers", "kernels14", "--sparsity", "1"}), HasSubstr("[0, 1)"));
  EXPECT_THAT(message({"--layers", "kernels14", "--mask", "blocks"}), HasSubstr("random or structured"));
  EXPECT_THAT(message({"--layers", "kernels14", "--peers", "cudnn"}), HasSubstr("onednn-direct"));
  EXPECT_THAT(message({"--layers", "kernels14", "--colour", "red"}), HasSubstr("--colour"));
}

TEST(BenchCompareArguments, TakesTwoFilesAndItsRules) {
  const auto arguments = ParseBenchCompareArguments({"a.json", "b.json", "--change", "0.05", "--format", "json"});
  ASSERT_TRUE(arguments) << arguments.error().ToString();
  EXPECT_EQ(arguments->before, "a.json");
  EXPECT_EQ(arguments->after, "b.json");
  EXPECT_DOUBLE_EQ(arguments->rules.smallest_change, 0.05);
  EXPECT_TRUE(arguments->json);
  EXPECT_THAT(ParseBenchCompareArguments({"a.json"}).error().message(), HasSubstr("two reports"));
  EXPECT_TRUE(ParseBenchCompareArguments({"--help"})->help);
}

}  // namespace
}  // namespace winnow::worker
