#include "worker/agent/request_file.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "client/lib/artifact_client.h"
#include "tests/support/fake_coordinator.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(RequestFile, HoldsWhatTheFormatAsksFor) {
  v1::Lease lease = testing::MakeLease(v1::STAGE_KIND_WINOGRAD_PRUNE, "a");
  lease.mutable_stage()->set_parameters_json(R"({"tile_size":4,"rate":0.5})");
  lease.set_attempt(2);
  lease.set_version(3);
  lease.add_parents()->set_key(std::string(64, 'b'));
  lease.mutable_parents(0)->set_checkpoint(client::ArtifactName(std::string(64, 'c')));
  lease.set_data_set("fashion-mnist");
  lease.set_data_digest("d");
  lease.mutable_resume()->set_epoch(6);
  const auto text = RequestText(lease, {{"/w/p"}, std::nullopt, "/w/r", "/data/f"}, "/w/out");
  ASSERT_TRUE(text) << text.error().ToString();
  EXPECT_EQ(*ParseJson(*text),
            *ParseJson(R"({"protocol":1,"stage":"stages/)" + std::string(64, 'a') +
                       R"(","kind":"winograd_prune","version":3,"attempt":2,"parameters":{"tile_size":4,"rate":0.5},
                       "parents":[{"key":")" +
                       std::string(64, 'b') + R"(","checkpoint":"/w/p","digest":")" + std::string(64, 'c') +
                       R"("}],"data":{"name":"fashion-mnist","digest":"d","path":"/data/f"},
                       "resume":{"checkpoint":"/w/r","epoch":6},"numerics":{"device":"cpu","threads":1},
                       "memory_limit_bytes":67108864,"output_dir":"/w/out"})"));
}

TEST(RequestFile, LeavesOutWhatThereIsNot) {
  const auto text = RequestText(testing::MakeLease(v1::STAGE_KIND_TRAIN, "a"), {{}, "/w/pre", {}, {}}, "/w/out");
  ASSERT_TRUE(text);
  const Json request = *ParseJson(*text);
  EXPECT_EQ(request["pretrained"], "/w/pre");
  EXPECT_EQ(request["parents"], Json::array());
  EXPECT_FALSE(request.contains("data"));
  EXPECT_FALSE(request.contains("resume"));
}

TEST(RequestFile, RefusesWhatItCannotUnderstand) {
  v1::Lease lease = testing::MakeLease(v1::STAGE_KIND_TRAIN, "a");
  lease.mutable_stage()->set_parameters_json("[]");
  EXPECT_FALSE(RequestText(lease, {}, "/o"));
  lease.mutable_stage()->set_parameters_json("{");
  EXPECT_FALSE(RequestText(lease, {}, "/o"));
  lease.mutable_stage()->set_kind(v1::STAGE_KIND_UNSPECIFIED);
  const auto unknown = RequestText(lease, {}, "/o");
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message(), HasSubstr("does not know"));
}

TEST(RequestFile, KindsGoBothWays) {
  for (const spec::StageKind kind : spec::kStageKinds) EXPECT_EQ(KindOf(ToProto(kind)), kind);
}

}  // namespace
}  // namespace winnow::worker
