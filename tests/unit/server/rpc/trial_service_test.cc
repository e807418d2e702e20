// Trials and their numbers.
#include <gmock/gmock.h>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

class TrialServiceTest : public RpcFixture {
 protected:
  static constexpr char kName[] = "sweeps/a/trials/f4-s30-w50";

  TrialServiceTest() { MustSubmit(*api_, SmallSpec("a")); }

  v1::TrialResult OnlyResult() {
    const auto results = api_->Call(&ResultsStub::ListResults, "parent: 'sweeps/a'");
    EXPECT_TRUE(results.ok()) << results;
    EXPECT_EQ(results->results_size(), 1);
    return results->results_size() == 1 ? results->results(0) : v1::TrialResult();
  }
};

TEST_F(TrialServiceTest, NamesItsParametersAndStages) {
  const auto reply = api_->Call(&TrialStub::GetTrial, "name: '" + std::string(kName) + "'");
  ASSERT_TRUE(reply.ok()) << reply;
  const v1::Trial& trial = reply->trial();
  EXPECT_EQ(trial.name(), kName);
  EXPECT_EQ(trial.state(), v1::TRIAL_STATE_PENDING);
  EXPECT_EQ(trial.parameters().tile_size(), 4);
  EXPECT_EQ(trial.parameters().spatial_rate(), 0.3);
  EXPECT_EQ(trial.parameters().winograd_rate(), 0.5);
  EXPECT_EQ(trial.net_stage(), StageOf("sweeps/a", "winograd_prune f4 s30 w50").name());
  EXPECT_EQ(trial.evaluate_stage(), StageOf("sweeps/a", "evaluate f4 s30 w50").name());
  EXPECT_EQ(trial.benchmark_stage(), "") << "none is planned";
}

TEST_F(TrialServiceTest, NumbersAreAbsentUntilTheirStagesHaveEnded) {
  const v1::TrialResult before = OnlyResult();
  EXPECT_EQ(before.trial(), kName);
  EXPECT_FALSE(before.has_accuracy());
  EXPECT_FALSE(before.has_dense_accuracy());
  EXPECT_FALSE(before.has_loss());
  EXPECT_FALSE(before.has_winograd_sparsity());
  EXPECT_EQ(before.checkpoint(), "");
  EXPECT_EQ(before.layers_size(), 0);

  ScriptedWorker worker(api_.get(), "w");
  ASSERT_TRUE(worker.Register().ok());
  EXPECT_EQ(worker.RunAll(), 5);
  const v1::TrialResult after = OnlyResult();
  EXPECT_EQ(after.state(), v1::TRIAL_STATE_SUCCEEDED);
  EXPECT_EQ(after.accuracy(), 0.9);
  EXPECT_EQ(after.dense_accuracy(), 0.9);
  EXPECT_EQ(after.loss(), 0.25);
  EXPECT_EQ(after.winograd_sparsity().target(), 0.5);
  EXPECT_EQ(after.winograd_sparsity().reached(), 0.48);
  EXPECT_EQ(after.network_sparsity(), 0.4);
  EXPECT_EQ(after.multiplications_left(), 0.25);
  EXPECT_EQ(after.train_images(), 60000);
  EXPECT_EQ(after.test_images(), 10000);
  ASSERT_EQ(after.layers_size(), 1);
  EXPECT_FALSE(after.layers(0).has_spatial_sparsity()) << "it lives in the Winograd domain";
  EXPECT_EQ(after.layers(0).winograd_sparsity(), 0.5);
  EXPECT_EQ(
      after.checkpoint(),
      "artifacts/sha256-" + Sha256Hex("checkpoint of " + StageOf("sweeps/a", "winograd_prune f4 s30 w50").name()));
}

TEST_F(TrialServiceTest, AFailedTrialSaysWhichStageFailed) {
  ScriptedWorker worker(api_.get(), "w");
  ASSERT_TRUE(worker.Register().ok());
  const auto lease = worker.Acquire();
  ASSERT_TRUE(lease);
  v1::CompleteStageRequest failure;
  failure.set_request_id(NewUuid());
  failure.set_token(lease->token());
  failure.mutable_failure()->set_code("INVALID_ARGUMENT");
  failure.mutable_failure()->set_message("no such layer");
  ASSERT_TRUE(worker.Complete(failure).ok());
  const v1::TrialResult result = OnlyResult();
  EXPECT_EQ(result.state(), v1::TRIAL_STATE_FAILED);
  EXPECT_THAT(result.reason(), ::testing::HasSubstr("no such layer"));
  EXPECT_EQ(GetSweep("sweeps/a").state(), v1::SWEEP_STATE_FAILED);
}

}  // namespace
}  // namespace winnow::server
