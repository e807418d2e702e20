#include "worker/agent/executor_description.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/temp_folder.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(ExecutorDescription, ReadsWhatCounts) {
  const auto description = ParseDescription(
      R"({"protocol":1,"versions":{"train":3,"evaluate":1,"dream":9},"numerics_class":"avx2;1","isa":"avx2",
          "fingerprint":{"cpu":"x","digest":"abc"}})");
  ASSERT_TRUE(description) << description.error().ToString();
  EXPECT_EQ(description->versions,
            (std::map<spec::StageKind, int>{{spec::StageKind::kTrain, 3}, {spec::StageKind::kEvaluate, 1}}));
  EXPECT_EQ(description->isa, "avx2");
  EXPECT_EQ(description->fingerprint, "abc");
  EXPECT_EQ(description->fingerprint_json, R"({"cpu":"x","digest":"abc"})");
}

TEST(ExecutorDescription, RefusesWhatCannotBeUsed) {
  struct Case {
    const char* text;
    const char* why;
  };
  const Case cases[] = {
      {"hello", "no JSON object"},
      {"[]", "no JSON object"},
      {"{}", "names no protocol"},
      {R"({"protocol":2,"versions":{"train":1}})", "speaks protocol 2, this agent protocol 1"},
      {R"({"protocol":1})", "no stage versions"},
      {R"({"protocol":1,"versions":{"train":"x"}})", "version of train"},
      {R"({"protocol":1,"versions":{"dream":1}})", "no kind of stage"},
  };
  for (const Case& c : cases) {
    const auto description = ParseDescription(c.text);
    ASSERT_FALSE(description) << c.text;
    EXPECT_THAT(description.error().message(), HasSubstr(c.why));
  }
}

class DescribeExecutorTest : public ::testing::Test {
 protected:
  std::filesystem::path Program(const std::string& text) {
    const std::filesystem::path path = folder_ / "program";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    ::chmod(path.c_str(), 0755);
    return path;
  }
  Status Describe(const std::filesystem::path& program, Duration limit = std::chrono::seconds(20)) {
    return StatusOf(DescribeExecutor(program, limit));
  }
  testing::TempFolder folder_;
};

TEST_F(DescribeExecutorTest, AsksTheProgram) {
  const auto description = DescribeExecutor(WINNOW_SCRIPTED_EXECUTOR, std::chrono::seconds(20));
  ASSERT_TRUE(description) << description.error().ToString();
  EXPECT_EQ(description->versions.size(), 5u);
}

TEST_F(DescribeExecutorTest, NamesTheProgramAndWhatWentWrong) {
  EXPECT_EQ(Describe(folder_ / "none").code(), StatusCode::kNotFound);
  EXPECT_THAT(Describe(folder_ / "none").message(), HasSubstr("--executor"));

  const Status failed = Describe(Program("echo 'libtorch.so not found' >&2; exit 3"));
  EXPECT_EQ(failed.code(), StatusCode::kFailedPrecondition);
  EXPECT_THAT(failed.message(), HasSubstr((folder_ / "program").string()));
  EXPECT_THAT(failed.message(), HasSubstr("exit code 3: libtorch.so not found"));

  EXPECT_THAT(Describe(Program("echo hello")).message(), HasSubstr("no JSON object"));
  EXPECT_THAT(Describe(Program("read nothing < /dev/zero"), std::chrono::milliseconds(100)).message(),
              HasSubstr("did not answer"));
  std::ofstream(folder_ / "plain") << "text";
  EXPECT_EQ(Describe(folder_ / "plain").code(), StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace winnow::worker
