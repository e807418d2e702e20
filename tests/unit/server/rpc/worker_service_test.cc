// The life of a worker over the API.
#include <gmock/gmock.h>

#include <future>

#include "spec/data_set.h"
#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class WorkerServiceTest : public RpcFixture {
 protected:
  // A lease of the first stage of a new sweep.
  v1::Lease MustAcquire() {
    const std::optional<v1::Lease> lease = worker_.Acquire();
    EXPECT_TRUE(lease) << "nothing to lease";
    return lease.value_or(v1::Lease());
  }
  Reply<v1::RenewLeasesResponse> Renew(const std::vector<std::string>& tokens) {
    v1::RenewLeasesRequest request;
    request.set_worker(worker_.name());
    request.set_instance(worker_.instance());
    for (const std::string& token : tokens) request.add_tokens(token);
    return api_->Call(&WorkerStub::RenewLeases, request);
  }
  Reply<v1::ReportProgressResponse> Report(const std::string& token, const std::string& members = "") {
    return api_->Call(&WorkerStub::ReportProgress, "token: '" + token + "' " + members);
  }
  v1::CompleteStageRequest End(const v1::Lease& lease) {
    v1::CompleteStageRequest request;
    request.set_request_id(NewUuid());
    request.set_token(lease.token());
    return request;
  }

  static void ExpectLost(const Outcome& outcome) {
    EXPECT_EQ(outcome.code, grpc::StatusCode::FAILED_PRECONDITION) << outcome;
    EXPECT_EQ(outcome.reason, "LEASE_LOST");
  }

  ScriptedWorker worker_{api_.get(), "w"};
};

TEST_F(WorkerServiceTest, RegistersAndIsListed) {
  const v1::RegisterWorkerRequest request = worker_.Registration();
  const auto registered = api_->Call(&WorkerStub::RegisterWorker, request);
  ASSERT_TRUE(registered.ok()) << registered;
  EXPECT_EQ(registered->lease_ttl().seconds(), 10);
  EXPECT_EQ(registered->worker().state(), v1::WORKER_STATE_ALIVE);
  const auto list = api_->Call(&WorkerStub::ListWorkers, "");
  ASSERT_EQ(list->workers_size(), 1);
  v1::Worker worker = list->workers(0);
  EXPECT_EQ(worker.register_time().seconds() * 1000, ToUnixMillis(clock_.WallNow()));
  EXPECT_EQ(worker.last_seen_time().seconds() * 1000, ToUnixMillis(clock_.WallNow()));
  EXPECT_EQ(worker.state(), v1::WORKER_STATE_ALIVE);
  // Apart from what the coordinator fills in, what it said.
  worker.clear_state();
  worker.clear_register_time();
  worker.clear_last_seen_time();
  EXPECT_EQ(worker.DebugString(), request.worker().DebugString());
}

TEST_F(WorkerServiceTest, ALiveNameIsTaken) {
  ASSERT_TRUE(worker_.Register().ok());
  v1::RegisterWorkerRequest other = worker_.Registration();
  other.mutable_worker()->set_instance("another");
  const auto refused = api_->Call(&WorkerStub::RegisterWorker, other);
  EXPECT_EQ(refused.code, grpc::StatusCode::FAILED_PRECONDITION) << refused;
  EXPECT_EQ(refused.reason, "NAME_TAKEN");
  EXPECT_THAT(refused.message, HasSubstr("w; choose another"));
  Advance(kTtl + 1s);
  EXPECT_TRUE(api_->Call(&WorkerStub::RegisterWorker, other).ok()) << "the first one is gone";
}

TEST_F(WorkerServiceTest, AnotherInstanceIsToldToRegister) {
  ASSERT_TRUE(worker_.Register().ok());
  v1::AcquireLeaseRequest request = worker_.Asking();
  request.set_instance("another");
  EXPECT_EQ(api_->Call(&WorkerStub::AcquireLease, request).code, grpc::StatusCode::NOT_FOUND);
  for (const Outcome& outcome : std::initializer_list<Outcome>{
           api_->Call(&WorkerStub::RenewLeases, "worker: 'workers/w' instance: 'another'"),
           api_->Call(&WorkerStub::AwaitCancellations, "worker: 'workers/w' instance: 'another' wait {}"),
           api_->Call(&WorkerStub::UnregisterWorker, "worker: 'workers/w' instance: 'another'")}) {
    EXPECT_EQ(outcome.code, grpc::StatusCode::NOT_FOUND) << outcome;
    EXPECT_THAT(outcome.message, HasSubstr("workers/w"));
  }
}

TEST_F(WorkerServiceTest, ALeaseSaysAllThatItsStageNeeds) {
  MustSubmit(*api_, SmallSpec("a", 1, R"(, "resources": {"threads": 2, "memory_mib": 512})"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease train = MustAcquire();
  EXPECT_EQ(train.stage().kind(), v1::STAGE_KIND_TRAIN);
  EXPECT_EQ(train.attempt(), 1);
  EXPECT_GE(train.version(), 1);
  EXPECT_EQ(train.ttl().seconds(), 10);
  EXPECT_EQ(train.data_set(), "fashion-mnist");
  EXPECT_EQ(train.data_digest(), spec::FindDataSet("fashion-mnist")->digest);
  EXPECT_EQ(train.threads(), 2);
  EXPECT_EQ(train.memory_bytes(), int64_t{512} << 20);
  EXPECT_FALSE(train.has_resume());
  ASSERT_TRUE(worker_.Complete(worker_.Success(train)).ok());
  std::optional<v1::Lease> prune = worker_.RunOne();
  while (prune && prune->stage().kind() != v1::STAGE_KIND_SPATIAL_PRUNE) prune = worker_.RunOne();
  ASSERT_TRUE(prune);
  ASSERT_EQ(prune->parents_size(), 1);
  EXPECT_EQ("stages/" + prune->parents(0).key(), train.stage().name());
  EXPECT_EQ(prune->parents(0).checkpoint(), "artifacts/sha256-" + Sha256Hex("checkpoint of " + train.stage().name()));
}

TEST_F(WorkerServiceTest, NothingToDoIsNoLease) {
  ASSERT_TRUE(worker_.Register().ok());
  EXPECT_FALSE(worker_.Acquire());
  MustSubmit(*api_, SmallSpec("a"));
  v1::AcquireLeaseRequest small = worker_.Asking();
  small.set_free_memory_bytes(1);
  const auto nothing = api_->Call(&WorkerStub::AcquireLease, small);
  ASSERT_TRUE(nothing.ok()) << nothing;
  EXPECT_FALSE(nothing->has_lease());
}

TEST_F(WorkerServiceTest, AWaitingCallIsWokenByASweep) {
  ASSERT_TRUE(worker_.Register().ok());
  auto waiting =
      std::async(std::launch::async, [&] { return api_->Call(&WorkerStub::AcquireLease, worker_.Asking(30)); });
  ASSERT_TRUE(testing::WaitFor([&] { return coordinator_->figures().load.waiting_workers == 1; }));
  MustSubmit(*api_, SmallSpec("a"));
  const auto reply = waiting.get();
  ASSERT_TRUE(reply.ok()) << reply;
  EXPECT_EQ(reply->lease().stage().label(), "train");
}

TEST_F(WorkerServiceTest, AClientThatHasGoneTakesNoLease) {
  ASSERT_TRUE(worker_.Register().ok());
  const std::unique_ptr<grpc::ClientContext> context = api_->NewContext();
  auto waiting = std::async(std::launch::async, [&] {
    v1::AcquireLeaseResponse response;
    return api_->stub<WorkerStub>().AcquireLease(context.get(), worker_.Asking(30), &response);
  });
  ASSERT_TRUE(testing::WaitFor([&] { return coordinator_->figures().load.waiting_workers == 1; }));
  context->TryCancel();
  EXPECT_EQ(waiting.get().error_code(), grpc::StatusCode::CANCELLED);
  ASSERT_TRUE(testing::WaitFor([&] { return coordinator_->figures().load.waiting_workers == 0; }));
  MustSubmit(*api_, SmallSpec("a"));
  EXPECT_EQ(StageOf("sweeps/a", "train").state(), v1::STAGE_STATE_QUEUED);
}

TEST_F(WorkerServiceTest, AnExpiredTokenIsLostToEveryCall) {
  MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease lease = MustAcquire();
  Advance(kTtl - 1s);
  EXPECT_EQ(Renew({lease.token()})->lost_tokens_size(), 0);
  Advance(kTtl - 1s);
  EXPECT_TRUE(Report(lease.token()).ok()) << "it has been renewed";
  v1::CompleteStageRequest success = worker_.Success(lease);
  Advance(kTtl + 1s);
  ExpectLost(Report(lease.token(), "measurements { name: 'loss' step: 1 value: 1 }"));
  ExpectLost(worker_.Complete(success));
  EXPECT_EQ(Renew({lease.token()}).code, grpc::StatusCode::NOT_FOUND) << "the worker is to register again";
  ASSERT_TRUE(worker_.Register().ok());
  EXPECT_THAT(Renew({lease.token(), "never given"})->lost_tokens(), ElementsAre(lease.token(), "never given"));
  EXPECT_EQ(StageOf("sweeps/a", "train").state(), v1::STAGE_STATE_QUEUED);
  EXPECT_EQ(api_->Call(&StageStub::ListMeasurements, "parent: '" + lease.stage().name() + "'")->measurements_size(), 0);
  EXPECT_EQ(MustAcquire().attempt(), 2);
}

TEST_F(WorkerServiceTest, AnotherWorkersTokenIsLost) {
  MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease lease = MustAcquire();
  ASSERT_TRUE(ScriptedWorker(api_.get(), "v").Register().ok());
  const auto renewed = api_->Call(&WorkerStub::RenewLeases,
                                  "worker: 'workers/v' instance: 'v-instance' tokens: '" + lease.token() + "'");
  ASSERT_TRUE(renewed.ok()) << renewed;
  EXPECT_THAT(renewed->lost_tokens(), ElementsAre(lease.token()));
}

TEST_F(WorkerServiceTest, ACancelReachesTheWaitingCallTheRenewalAndTheReport) {
  MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease lease = MustAcquire();
  auto waiting = std::async(std::launch::async, [&] {
    return api_->Call(&WorkerStub::AwaitCancellations,
                      "worker: 'workers/w' instance: 'w-instance' wait { seconds: 30 }");
  });
  ASSERT_TRUE(api_->Call(&SweepStub::CancelSweep, "request_id: '" + NewUuid() + "' name: 'sweeps/a'").ok());
  const auto told = waiting.get();
  ASSERT_TRUE(told.ok()) << told;
  EXPECT_THAT(told->cancelled_tokens(), ElementsAre(lease.token()));
  const auto renewed = Renew({lease.token()});
  EXPECT_THAT(renewed->cancelled_tokens(), ElementsAre(lease.token()));
  EXPECT_EQ(renewed->lost_tokens_size(), 0);
  EXPECT_TRUE(Report(lease.token())->cancel_requested());
}

TEST_F(WorkerServiceTest, AwaitingNothingEndsWithNothing) {
  ASSERT_TRUE(worker_.Register().ok());
  auto waiting = std::async(std::launch::async, [&] {
    return api_->Call(&WorkerStub::AwaitCancellations,
                      "worker: 'workers/w' instance: 'w-instance' wait { seconds: 5 }");
  });
  // The call may come after the clock has moved: it moves on until the call has ended.
  ASSERT_TRUE(testing::WaitFor([&] {
    clock_.Advance(1s);
    (void)Renew({});
    return waiting.wait_for(0s) == std::future_status::ready;
  }));
  const auto nothing = waiting.get();
  ASSERT_TRUE(nothing.ok()) << nothing;
  EXPECT_EQ(nothing->cancelled_tokens_size(), 0);
}

TEST_F(WorkerServiceTest, ArtifactsMustBeThereBeforeTheyAreNamed) {
  MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease lease = MustAcquire();
  const std::string missing = "artifacts/sha256-" + Sha256Hex("never uploaded");
  const auto resume = Report(lease.token(), "resume { artifact: '" + missing + "' epoch: 1 }");
  EXPECT_EQ(resume.code, grpc::StatusCode::FAILED_PRECONDITION) << resume;
  EXPECT_EQ(resume.reason, "ARTIFACT_MISSING");
  EXPECT_THAT(resume.message, HasSubstr(missing));
  v1::CompleteStageRequest success = worker_.Success(lease);
  success.mutable_success()->mutable_artifacts(0)->set_artifact(missing);
  const auto refused = worker_.Complete(success);
  EXPECT_EQ(refused.code, grpc::StatusCode::FAILED_PRECONDITION) << refused;
  EXPECT_EQ(refused.reason, "ARTIFACT_MISSING");
  EXPECT_TRUE(worker_.Complete(worker_.Success(lease)).ok()) << "the lease still stands";
}

TEST_F(WorkerServiceTest, AStageGivenBackGoesOnWhereItStopped) {
  MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease lease = MustAcquire();
  v1::CompleteStageRequest back = End(lease);
  back.mutable_given_back()->mutable_resume()->set_artifact(Store("state after epoch 4"));
  back.mutable_given_back()->mutable_resume()->set_epoch(4);
  ASSERT_TRUE(worker_.Complete(back).ok());
  const v1::Lease again = MustAcquire();
  EXPECT_EQ(again.stage().name(), lease.stage().name());
  EXPECT_EQ(again.resume().epoch(), 4);
  EXPECT_EQ(again.resume().artifact(), back.given_back().resume().artifact());
}

TEST_F(WorkerServiceTest, AFailureThatIsWorthItIsTriedAgain) {
  MustSubmit(*api_, SmallSpec("a", 1, R"(, "retries": {"max_attempts": 2})"));
  ASSERT_TRUE(worker_.Register().ok());
  for (const v1::StageState after : {v1::STAGE_STATE_QUEUED, v1::STAGE_STATE_FAILED}) {
    v1::CompleteStageRequest failure = End(MustAcquire());
    failure.mutable_failure()->set_code("INTERNAL");
    failure.mutable_failure()->set_message("it crashed");
    failure.mutable_failure()->set_retryable(true);
    failure.mutable_failure()->set_last_lines(std::string(100000, 'x') + "the end");
    ASSERT_TRUE(worker_.Complete(failure).ok());
    EXPECT_EQ(StageOf("sweeps/a", "train").state(), after);
    Advance(2s);  // the pause before another attempt
  }
  EXPECT_THAT(StageOf("sweeps/a", "train").reason(), HasSubstr("it crashed"));
}

TEST_F(WorkerServiceTest, UnregisteringGivesEverythingBack) {
  MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::Lease lease = MustAcquire();
  const std::string request = "worker: 'workers/w' instance: 'w-instance'";
  ASSERT_TRUE(api_->Call(&WorkerStub::UnregisterWorker, request).ok());
  EXPECT_EQ(StageOf("sweeps/a", "train").state(), v1::STAGE_STATE_QUEUED);
  ExpectLost(Report(lease.token()));
  const auto again = api_->Call(&WorkerStub::UnregisterWorker, request);
  EXPECT_TRUE(again.ok()) << "a repeat: " << again;
  EXPECT_EQ(api_->Call(&WorkerStub::ListWorkers, "")->workers(0).state(), v1::WORKER_STATE_GONE);
}

}  // namespace
}  // namespace winnow::server
