#include "worker/stage/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
