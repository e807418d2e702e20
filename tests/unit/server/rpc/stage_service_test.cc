// Stages as users see them.
#include <gmock/gmock.h>

#include "base/json.h"
#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StageServiceTest : public RpcFixture {
 protected:
  StageServiceTest() { MustSubmit(*api_, SmallSpec("a")); }

  v1::Stage Get(const std::string& name) {
    const auto reply = api_->Call(&StageStub::GetStage, "name: '" + name + "'");
    EXPECT_TRUE(reply.ok()) << reply;
    return reply->stage();
  }

  ScriptedWorker worker_{api_.get(), "w"};
};

TEST_F(StageServiceTest, SaysWhatItIsAndWhatItNeeds) {
  const v1::Stage train = Get(StageOf("sweeps/a", "train").name());
  EXPECT_EQ(train.kind(), v1::STAGE_KIND_TRAIN);
  EXPECT_EQ(train.state(), v1::STAGE_STATE_QUEUED);
  EXPECT_EQ(train.parents_size(), 0);
  EXPECT_TRUE(ParseJson(train.parameters_json())) << train.parameters_json();
  const v1::Stage spatial = StageOf("sweeps/a", "spatial_prune f4 s30");
  EXPECT_EQ(spatial.state(), v1::STAGE_STATE_BLOCKED);
  EXPECT_THAT(spatial.parents(), ElementsAre(train.name()));
}

TEST_F(StageServiceTest, AQueuedStageSaysWhyNobodyRunsIt) {
  Advance(std::chrono::seconds(2));  // it is looked at from time to time
  EXPECT_THAT(
      Get(StageOf("sweeps/a", "train").name()).progress().note() + Get(StageOf("sweeps/a", "train").name()).reason(),
      HasSubstr("worker"));
}

TEST_F(StageServiceTest, FollowsAnAttempt) {
  ASSERT_TRUE(worker_.Register().ok());
  const auto lease = worker_.Acquire();
  ASSERT_TRUE(lease);
  const std::string name = lease->stage().name();
  v1::Stage stage = Get(name);
  EXPECT_EQ(stage.state(), v1::STAGE_STATE_RUNNING);
  EXPECT_EQ(stage.attempt(), 1);
  EXPECT_EQ(stage.worker(), "workers/w");
  EXPECT_TRUE(stage.has_start_time());
  EXPECT_FALSE(stage.has_end_time());
  EXPECT_EQ(stage.result_json(), "");

  const auto reported =
      api_->Call(&WorkerStub::ReportProgress, "token: '" + lease->token() +
                                                  "' progress { done: 3 total: 10 unit: 'epochs' note: 'warm' }"
                                                  " measurements { name: 'loss' step: 3 value: 0.5 }");
  ASSERT_TRUE(reported.ok()) << reported;
  EXPECT_FALSE(reported->cancel_requested());
  EXPECT_EQ(Get(name).progress().ShortDebugString(), R"(done: 3 total: 10 unit: "epochs" note: "warm")");
  const auto measured = api_->Call(&StageStub::ListMeasurements, "parent: '" + name + "'");
  ASSERT_EQ(measured->measurements_size(), 1);
  EXPECT_EQ(measured->measurements(0).value(), 0.5);

  ASSERT_TRUE(worker_.Complete(worker_.Success(*lease)).ok());
  stage = Get(name);
  EXPECT_EQ(stage.state(), v1::STAGE_STATE_SUCCEEDED);
  EXPECT_TRUE(stage.has_end_time());
  EXPECT_THAT(stage.result_json(), HasSubstr("train_accuracy"));
  EXPECT_EQ(stage.numerics_class(), "test-class");
  ASSERT_EQ(stage.artifacts_size(), 1);
  EXPECT_EQ(stage.artifacts(0).role(), "checkpoint");
  EXPECT_EQ(stage.artifacts(0).artifact(), "artifacts/sha256-" + Sha256Hex("checkpoint of " + name));
}

TEST_F(StageServiceTest, AMeasurementReplacesTheOneOfItsStep) {
  ASSERT_TRUE(worker_.Register().ok());
  const auto lease = worker_.Acquire();
  ASSERT_TRUE(lease);
  for (const char* value : {"1", "2"}) {
    ASSERT_TRUE(api_->Call(&WorkerStub::ReportProgress,
                           "token: '" + lease->token() + "' measurements { name: 'loss' step: 1 value: " + value + " }")
                    .ok());
  }
  const auto measured = api_->Call(&StageStub::ListMeasurements, "parent: '" + lease->stage().name() + "'");
  ASSERT_EQ(measured->measurements_size(), 1);
  EXPECT_EQ(measured->measurements(0).value(), 2.0);
}

}  // namespace
}  // namespace winnow::server
