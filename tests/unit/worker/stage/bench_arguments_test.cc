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

TEST(BenchArguments, TakesEveryKindOfMask) {
  for (const MaskKind kind : kAllMaskKinds) {
    const auto arguments = ParseBenchArguments({"--layer", "1,1,1,1,1", "--mask", std::string(MaskKindName(kind))});
    ASSERT_TRUE(arguments);
    EXPECT_EQ(arguments->mask, kind);
  }
}

TEST(BenchArguments, TakesACheckpointInsteadOfLayers) {
  const auto arguments = ParseBenchArguments({"--checkpoint", "net.safetensors", "--batch", "1,16"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->checkpoint, "net.safetensors");
  EXPECT_THAT(arguments->batch_sizes, ElementsAre(1, 16));
}

TEST(BenchArguments, ReadsListsAndLayers) {
  const Result<BenchArguments> arguments =
      ParseBenchArguments({"--layer", "1,2,3,4,5", "--layer=6,7,8,9,10", "--sparsity", "0,0.5,0.9", "--threads", "1,2",
                           "--peers", "torch", "--variant", "F2", "--rounds", "7", "--format", "json"});
  ASSERT_TRUE(arguments) << arguments.error().ToString();
  ASSERT_EQ(arguments->layers.size(), 2U);
  EXPECT_EQ(arguments->layers[1].out_channels, 8);
  EXPECT_THAT(arguments->sparsities, ElementsAre(0, 0.5, 0.9));
  EXPECT_THAT(arguments->threads, ElementsAre(1, 2));
  EXPECT_THAT(arguments->peers, ElementsAre("torch"));
  EXPECT_EQ(arguments->variant, kernels::WinogradVariant::kF2K3);
  EXPECT_EQ(arguments->rounds, 7);
  EXPECT_TRUE(arguments->json);
  EXPECT_TRUE(ParseBenchArguments({"--layers", "resnet18", "--peers", "none"})->peers.empty());
}

TEST(BenchArguments, TunesOnlyWhereAsked) {
  EXPECT_FALSE(ParseBenchArguments({"--layers", "odd"})->autotune);
  const auto arguments = ParseBenchArguments({"--autotune", "--layers", "odd"});
  ASSERT_TRUE(arguments) << arguments.error().ToString();
  EXPECT_TRUE(arguments->autotune);
  EXPECT_FALSE(arguments->layers.empty());
}

TEST(BenchArguments, SaysWhatIsWrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "no layer is given"},
      {{"--layers", "vgg"}, "kernels14"},
      {{"--layer", "1,2,3,4"}, "N,C,K,H,W"},
      {{"--layer", "1,1,1,1,1", "--sparsity", "63"}, "fractions in [0, 1)"},
      {{"--layer", "1,1,1,1,1", "--threads", "0"}, "--threads takes a whole number"},
      {{"--layer", "1,1,1,1,1", "--peers", "mkl"}, "onednn-direct"},
      {{"--layer", "1,1,1,1,1", "--rounds", "2"}, "--rounds takes a whole number from 3"},
      {{"--layer", "1,1,1,1,1", "--format", "csv"}, "--format takes table or json"},
      {{"--layer", "1,1,1,1,1", "--mask", "blocks"}, "random, structured, grouped2, grouped4 or grouped8"},
      {{"--layer", "1,1,1,1,1", "--colour", "x"}, "unknown option --colour"},
  };
  for (const auto& [words, message] : cases) {
    const Result<BenchArguments> arguments = ParseBenchArguments(words);
    ASSERT_FALSE(arguments) << message;
    EXPECT_THAT(arguments.error().message(), HasSubstr(message));
  }
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
