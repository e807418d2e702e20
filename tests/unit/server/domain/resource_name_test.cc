#include "server/domain/resource_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::server {
namespace {

const std::string kHex(64, 'a');

TEST(ResourceName, ReadsWhatItMakes) {
  EXPECT_EQ(SweepName("fashion-2"), "sweeps/fashion-2");
  EXPECT_EQ(*ParseSweepName("sweeps/fashion-2"), "fashion-2");
  EXPECT_EQ(TrialNameOf("a", "f4-s62p5"), "sweeps/a/trials/f4-s62p5");
  EXPECT_EQ(*ParseTrialName("sweeps/a/trials/f4-s62p5"), (TrialName{.sweep = "a", .trial = "f4-s62p5"}));
  EXPECT_EQ(StageName(kHex), "stages/" + kHex);
  EXPECT_EQ(*ParseStageName(StageName(kHex)), kHex);
  EXPECT_EQ(WorkerName("7-w"), "workers/7-w");
  EXPECT_EQ(*ParseWorkerName("workers/7-w"), "7-w");
  EXPECT_EQ(ArtifactName(kHex), "artifacts/sha256-" + kHex);
  EXPECT_EQ(*ParseArtifactName(ArtifactName(kHex)), kHex);
}

TEST(ResourceName, RefusesWhatIsNone) {
  const std::string long_id(64, 'a');
  for (const std::string& name :
       {std::string(), std::string("sweeps/"), std::string("sweeps/7a"), std::string("sweeps/A"), "sweeps/" + long_id,
        std::string("sweeps/a/"), std::string("sweeps/a/trials/t"), std::string("/sweeps/a"), std::string("sweeps/a\n"),
        std::string("sweeps/a%20b"), std::string("workers/a")}) {
    const Result<std::string> parsed = ParseSweepName(name);
    ASSERT_FALSE(parsed) << name;
    EXPECT_EQ(parsed.error().code(), StatusCode::kInvalidArgument);
    EXPECT_THAT(parsed.error().message(), ::testing::HasSubstr("sweeps/{"));
  }
  for (const char* name : {"sweeps/a", "sweeps/a/trials/", "sweeps/a/trials/T", "sweeps//trials/t",
                           "sweeps/a/trials/t/trials/u", "trials/t"}) {
    EXPECT_FALSE(ParseTrialName(name)) << name;
  }
  for (const std::string& hex : {std::string(), kHex.substr(1), kHex + "a", std::string(63, 'a') + "A",
                                 std::string(63, 'a') + "g", "../" + std::string(61, 'a')}) {
    EXPECT_FALSE(ParseStageName("stages/" + hex)) << hex;
    EXPECT_FALSE(ParseArtifactName("artifacts/sha256-" + hex)) << hex;
  }
  EXPECT_FALSE(ParseArtifactName("artifacts/" + kHex));
  EXPECT_FALSE(ParseWorkerName("workers/"));
  EXPECT_FALSE(ParseWorkerName("workers/a/b"));
  EXPECT_TRUE(ParseSweepName("sweeps/" + std::string(63, 'a')));
}

TEST(ResourceName, CutsWhatItQuotes) {
  const Result<std::string> parsed = ParseStageName(std::string(1 << 20, 'x'));
  ASSERT_FALSE(parsed);
  EXPECT_LT(parsed.error().message().size(), 300u);
}

}  // namespace
}  // namespace winnow::server
