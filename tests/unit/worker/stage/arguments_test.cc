#include "worker/stage/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "worker/stage/bench_command.h"
#include "worker/stage/library_settings.h"

namespace winnow::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ParseStageArguments, ReadsBothFormsOfAnOption) {
  const Result<StageArguments> arguments = ParseStageArguments({"--request", "/r.json", "--lifeline=9"});
  ASSERT_TRUE(arguments);
  EXPECT_EQ(arguments->action, StageAction::kRun);
  EXPECT_EQ(arguments->request, "/r.json");
  EXPECT_EQ(arguments->lifeline, 9);
  EXPECT_EQ(ParseStageArguments({"--describe"})->action, StageAction::kDescribe);
  EXPECT_EQ(ParseStageArguments({"-h"})->action, StageAction::kHelp);
}

TEST(ParseStageArguments, SaysWhatIsWrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "--request is missing"},
      {{"--request"}, "--request needs a value"},
      {{"run"}, "unexpected argument \"run\""},
      {{"--reqest", "x"}, "unknown option --reqest"},
      {{"--request", "a", "--request", "b"}, "--request is given twice"},
      {{"--request", "a", "--lifeline", "nine"}, "--lifeline takes a whole number"},
  };
  for (const auto& [words, message] : cases) {
    const Result<StageArguments> arguments = ParseStageArguments(words);
    ASSERT_FALSE(arguments) << message;
    EXPECT_EQ(arguments.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(arguments.error().message(), HasSubstr(message));
  }
}

TEST(ParseBenchArguments, ReadsListsAndLayers) {
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

TEST(ParseBenchArguments, SaysWhatIsWrong) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> cases = {
      {{}, "no layer is given"},
      {{"--layers", "vgg"}, "kernels14"},
      {{"--layer", "1,2,3,4"}, "N,C,K,H,W"},
      {{"--layer", "1,1,1,1,1", "--sparsity", "63"}, "fractions in [0, 1)"},
      {{"--layer", "1,1,1,1,1", "--threads", "0"}, "--threads takes a whole number"},
      {{"--layer", "1,1,1,1,1", "--peers", "mkl"}, "onednn-direct"},
      {{"--layer", "1,1,1,1,1", "--rounds", "2"}, "--rounds takes a whole number from 3"},
      {{"--layer", "1,1,1,1,1", "--format", "csv"}, "--format takes table or json"},
      {{"--layer", "1,1,1,1,1", "--colour", "x"}, "unknown option --colour"},
  };
  for (const auto& [words, message] : cases) {
    const Result<BenchArguments> arguments = ParseBenchArguments(words);
    ASSERT_FALSE(arguments) << message;
    EXPECT_THAT(arguments.error().message(), HasSubstr(message));
  }
}

TEST(MissingSettings, LeavesWhatIsSetAlone) {
  std::vector<std::string> words = {"PATH=/bin", "OMP_WAIT_POLICY=active", "OPENBLAS_CORETYPE_X=1"};
  std::vector<char*> environment = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  EXPECT_THAT(MissingSettings(environment.data(), false), ElementsAre());
  ASSERT_EQ(MissingSettings(environment.data(), true).size(), 1U);
  EXPECT_STREQ(MissingSettings(environment.data(), true)[0], "OPENBLAS_CORETYPE=SKYLAKEX");
  environment = {words[0].data(), nullptr};
  ASSERT_EQ(MissingSettings(environment.data(), false).size(), 1U);
  EXPECT_STREQ(MissingSettings(environment.data(), false)[0], "OMP_WAIT_POLICY=passive");
}

}  // namespace
}  // namespace winnow::worker
