#include "client/lib/client.h"

#include "base/id.h"
#include "scripted_stubs.h"

namespace winnow::client {
namespace {

using std::chrono::seconds;
using ::testing::_;
using ::testing::Return;

class ClientTest : public ScriptedStubsTest {
 protected:
  ClientTest() : client_(connection_.get(), {seconds(1), seconds(30), nullptr}) {}
  Client client_;
};

TEST_F(ClientTest, ARepeatIsTheSameRequest) {
  std::vector<v1::CreateSweepRequest> requests;
  EXPECT_CALL(*sweeps_, CreateSweep(_, _, _))
      .Times(3)
      .WillRepeatedly([&](auto*, const v1::CreateSweepRequest& request, v1::CreateSweepResponse* response) {
        requests.push_back(request);
        if (requests.size() < 3) return Gone();
        response->mutable_sweep()->set_name("sweeps/x");
        return grpc::Status::OK;
      });
  const auto sweep = client_.CreateSweep("{}", true);
  ASSERT_TRUE(sweep);
  EXPECT_EQ(sweep->name(), "sweeps/x");
  EXPECT_TRUE(IsUuid(requests[0].request_id()));
  EXPECT_TRUE(requests[0].validate_only());
  EXPECT_EQ(requests[0].spec_json(), "{}");
  EXPECT_EQ(requests[0].request_id(), requests[2].request_id());

  EXPECT_CALL(*sweeps_, CreateSweep(_, _, _)).WillOnce([&](auto*, const v1::CreateSweepRequest& request, auto*) {
    EXPECT_NE(request.request_id(), requests[0].request_id());
    return grpc::Status::OK;
  });
  EXPECT_TRUE(client_.CreateSweep("{}", false));
}

TEST_F(ClientTest, CancelSendsNameAndId) {
  EXPECT_CALL(*sweeps_, CancelSweep(_, _, _))
      .WillOnce([&](auto*, const v1::CancelSweepRequest& request, v1::CancelSweepResponse* response) {
        EXPECT_EQ(request.name(), "sweeps/x");
        EXPECT_TRUE(IsUuid(request.request_id()));
        response->mutable_sweep()->set_state(v1::SWEEP_STATE_CANCELLING);
        return grpc::Status::OK;
      });
  EXPECT_EQ(client_.CancelSweep("sweeps/x")->state(), v1::SWEEP_STATE_CANCELLING);
}

TEST_F(ClientTest, ErrorsComeThroughAsTheyAre) {
  EXPECT_CALL(*sweeps_, GetSweep(_, _, _)).WillOnce(Return(grpc::Status(grpc::StatusCode::NOT_FOUND, "no sweeps/x")));
  EXPECT_EQ(client_.GetSweep("sweeps/x").error(), NotFound("no sweeps/x"));
}

TEST_F(ClientTest, JoinsThePagesOfResults) {
  EXPECT_CALL(*results_, ListResults(_, _, _))
      .WillOnce([](auto*, const v1::ListResultsRequest& request, v1::ListResultsResponse* response) {
        EXPECT_EQ(request.parent(), "sweeps/x");
        response->add_results()->set_trial("one");
        response->add_dense_benchmark()->set_ours_ms(3);
        response->set_fingerprint_json("{}");
        response->set_next_page_token("2");
        return grpc::Status::OK;
      })
      .WillOnce([](auto*, const v1::ListResultsRequest& request, v1::ListResultsResponse* response) {
        EXPECT_EQ(request.page_token(), "2");
        response->add_results()->set_trial("two");
        return grpc::Status::OK;
      });
  const auto results = client_.ListResults("sweeps/x");
  ASSERT_TRUE(results);
  ASSERT_EQ(results->trials.size(), 2u);
  EXPECT_EQ(results->trials[1].trial(), "two");
  EXPECT_EQ(results->dense_benchmark.size(), 1u);
  EXPECT_EQ(results->fingerprint_json, "{}");
}

TEST_F(ClientTest, ListsWithTheirParents) {
  EXPECT_CALL(*stages_, ListStages(_, _, _)).WillOnce([](auto*, const v1::ListStagesRequest& r, auto* response) {
    EXPECT_EQ(r.parent(), "sweeps/x");
    response->add_stages();
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.ListStages("sweeps/x")->size(), 1u);
  EXPECT_CALL(*stages_, ListMeasurements(_, _, _)).WillOnce([](auto*, const auto& r, auto* response) {
    EXPECT_EQ(r.parent(), "stages/k");
    response->add_measurements();
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.ListMeasurements("stages/k")->size(), 1u);
  EXPECT_CALL(*trials_, ListTrials(_, _, _)).WillOnce([](auto*, const auto& r, auto* response) {
    EXPECT_EQ(r.parent(), "sweeps/x");
    response->add_trials();
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.ListTrials("sweeps/x")->size(), 1u);
  EXPECT_CALL(*workers_, ListWorkers(_, _, _)).WillOnce([](auto*, const auto&, auto* response) {
    response->add_workers();
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.ListWorkers()->size(), 1u);
}

TEST_F(ClientTest, GetsOneOfEach) {
  EXPECT_CALL(*stages_, GetStage(_, _, _)).WillOnce([](auto*, const auto& request, auto* response) {
    response->mutable_stage()->set_name(request.name());
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.GetStage("stages/k")->name(), "stages/k");
  EXPECT_CALL(*trials_, GetTrial(_, _, _)).WillOnce([](auto*, const auto& request, auto* response) {
    response->mutable_trial()->set_name(request.name());
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.GetTrial("sweeps/x/trials/t")->name(), "sweeps/x/trials/t");
  EXPECT_CALL(*sweeps_, GetSweep(_, _, _)).WillOnce([](auto*, const auto& request, auto* response) {
    response->mutable_sweep()->set_name(request.name());
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.GetSweep("sweeps/x")->name(), "sweeps/x");
  EXPECT_CALL(*sweeps_, ListSweeps(_, _, _)).WillOnce([](auto*, const auto& request, auto* response) {
    EXPECT_EQ(request.page_size(), 1);
    response->add_sweeps();
    response->set_next_page_token("more");
    return grpc::Status::OK;
  });
  EXPECT_EQ(client_.ListSweeps(1)->size(), 1u);
}

}  // namespace
}  // namespace winnow::client
