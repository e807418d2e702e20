#include "worker/agent/attempt_record.h"

#include <gmock/gmock.h>

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

constexpr char kStartedLine[] = R"({"event":"started","numerics_class":"c"})";
constexpr char kResultLine[] = R"({"event":"result","values":{}})";
constexpr char kErrorLine[] = R"({"event":"error","code":"INTERNAL","message":"m","retryable":false})";
constexpr char kProgress[] = R"({"event":"progress","done":1,"total":2,"unit":"epochs"})";

TEST(AttemptRecord, KeepsWhatCounts) {
  AttemptRecord record;
  for (const char* line :
       {kStartedLine, kProgress, R"({"event":"resume_point","path":"a","epoch":1})",
        R"({"event":"resume_point","path":"b","epoch":2})", R"({"event":"artifact","name":"checkpoint","path":"x"})",
        R"({"event":"artifact","name":"plot","path":"p"})", R"({"event":"artifact","name":"checkpoint","path":"y"})",
        kResultLine}) {
    ASSERT_TRUE(record.Take(line)) << line;
  }
  EXPECT_EQ(record.numerics_class(), "c");
  EXPECT_EQ(record.resume_point()->path, "b");
  ASSERT_EQ(record.artifacts().size(), 2u);
  EXPECT_EQ(record.artifacts()[1].path, "y");
  EXPECT_TRUE(record.HasArtifact("plot"));
  EXPECT_FALSE(record.HasArtifact("picture"));
  EXPECT_TRUE(record.result());
  EXPECT_FALSE(record.error());
}

TEST(AttemptRecord, RefusesWhatIsOutOfOrder) {
  struct Case {
    std::vector<const char*> before;
    const char* line;
    const char* why;
  };
  const Case cases[] = {
      {{}, kProgress, "event line 1 comes before \"started\""},
      {{kStartedLine}, kStartedLine, "event line 2 is a second \"started\""},
      {{kStartedLine, kResultLine}, kProgress, "event line 3 comes after the last event"},
      {{kStartedLine, kErrorLine}, kResultLine, "event line 3 comes after the last event"},
      {{kStartedLine}, "no json", "event line 2 is no JSON object"},
  };
  for (const Case& c : cases) {
    AttemptRecord record;
    for (const char* line : c.before) ASSERT_TRUE(record.Take(line));
    const auto taken = record.Take(c.line);
    ASSERT_FALSE(taken) << c.why;
    EXPECT_THAT(taken.error().message(), HasSubstr(c.why));
  }
}

TEST(AttemptRecord, TakesAnErrorBeforeTheStart) {
  AttemptRecord record;
  EXPECT_TRUE(record.Take(kErrorLine));
  EXPECT_EQ(record.error()->code, "INTERNAL");
}

}  // namespace
}  // namespace winnow::worker
