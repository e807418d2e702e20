// A mutating call repeated under its request id, as after a lost answer: done once, answered alike.
#include <gmock/gmock.h>

#include <algorithm>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;

class Repeats : public RpcFixture {
 protected:
  static v1::CreateSweepRequest Creation(const std::string& spec) {
    v1::CreateSweepRequest request;
    request.set_request_id(NewUuid());
    request.set_spec_json(spec);
    return request;
  }
  static v1::CancelSweepRequest Cancellation(const std::string& name) {
    v1::CancelSweepRequest request;
    request.set_request_id(NewUuid());
    request.set_name(name);
    return request;
  }
  int SweepCount() { return api_->Call(&SweepStub::ListSweeps, "")->sweeps_size(); }

  ScriptedWorker worker_{api_.get(), "w"};
};

TEST_F(Repeats, CreateSweepMakesOne) {
  const v1::CreateSweepRequest request = Creation(SmallSpec("a"));
  const auto first = api_->Call(&SweepStub::CreateSweep, request);
  ASSERT_TRUE(first.ok()) << first;
  const auto again = api_->Call(&SweepStub::CreateSweep, request);
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(SweepCount(), 1);
  const auto other = api_->Call(&SweepStub::CreateSweep, Creation(SmallSpec("a")));
  EXPECT_EQ(other->sweep().name(), "sweeps/a-2");
}

// A client that mixes up its ids gets the sweep it made, whole: not one request's name with another's spec.
TEST_F(Repeats, CreateSweepAnswersWithWhatWasMade) {
  v1::CreateSweepRequest request = Creation(SmallSpec("a"));
  const auto first = api_->Call(&SweepStub::CreateSweep, request);
  request.set_spec_json(SmallSpec("b"));
  const auto mixed = api_->Call(&SweepStub::CreateSweep, request);
  ASSERT_TRUE(mixed.ok()) << mixed;
  EXPECT_EQ(mixed->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(SweepCount(), 1);
}

TEST_F(Repeats, CreateSweepIsForgottenAfterADay) {
  const v1::CreateSweepRequest request = Creation(SmallSpec("a"));
  ASSERT_TRUE(api_->Call(&SweepStub::CreateSweep, request).ok());
  clock_.JumpWall(std::chrono::hours(23));
  EXPECT_EQ(api_->Call(&SweepStub::CreateSweep, request)->sweep().name(), "sweeps/a");
  clock_.JumpWall(std::chrono::hours(2));
  EXPECT_EQ(api_->Call(&SweepStub::CreateSweep, request)->sweep().name(), "sweeps/a-2");
}

TEST_F(Repeats, CancelSweepCancelsOnce) {
  const std::string name = MustSubmit(*api_, SmallSpec("a"));
  const v1::CancelSweepRequest request = Cancellation(name);
  const auto first = api_->Call(&SweepStub::CancelSweep, request);
  ASSERT_TRUE(first.ok()) << first;
  EXPECT_EQ(first->sweep().state(), v1::SWEEP_STATE_CANCELLED) << "nothing ran";
  const auto again = api_->Call(&SweepStub::CancelSweep, request);
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  const auto late = api_->Call(&SweepStub::CancelSweep, Cancellation(name));
  EXPECT_EQ(late->SerializeAsString(), first->SerializeAsString()) << "it had ended";
}

// The answer must not look as if the other sweep had been cancelled, nor must that one be left running in silence.
TEST_F(Repeats, CancelSweepIsOfOneSweep) {
  const std::string a = MustSubmit(*api_, SmallSpec("a", 1));
  const std::string b = MustSubmit(*api_, SmallSpec("b", 2));
  v1::CancelSweepRequest request = Cancellation(a);
  ASSERT_TRUE(api_->Call(&SweepStub::CancelSweep, request).ok());
  request.set_name(b);
  const auto mixed = api_->Call(&SweepStub::CancelSweep, request);
  EXPECT_EQ(mixed.code, grpc::StatusCode::INVALID_ARGUMENT) << mixed << mixed->ShortDebugString();
  EXPECT_THAT(mixed.message, HasSubstr("request_id"));
  EXPECT_THAT(mixed.message, HasSubstr(a));
  EXPECT_EQ(GetSweep(b).state(), v1::SWEEP_STATE_RUNNING);
}

TEST_F(Repeats, AnIdBelongsToItsMethod) {
  const std::string name = MustSubmit(*api_, SmallSpec("a"));
  v1::CancelSweepRequest cancellation = Cancellation(name);
  ASSERT_TRUE(api_->Call(&SweepStub::CancelSweep, cancellation).ok());
  v1::CreateSweepRequest creation = Creation(SmallSpec("b"));
  creation.set_request_id(cancellation.request_id());
  const auto refused = api_->Call(&SweepStub::CreateSweep, creation);
  EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << refused;
  EXPECT_THAT(refused.message, HasSubstr("CancelSweep"));
  EXPECT_EQ(SweepCount(), 1);
}

TEST_F(Repeats, UuidsAreAlikeInUpperCase) {
  v1::CreateSweepRequest request = Creation(SmallSpec("a"));
  std::string upper = request.request_id();
  std::transform(upper.begin(), upper.end(), upper.begin(), [](char c) { return c >= 'a' && c <= 'f' ? c - 32 : c; });
  request.set_request_id(upper);
  EXPECT_TRUE(api_->Call(&SweepStub::CreateSweep, request).ok());
}

TEST_F(Repeats, AcquireLeaseGivesTheSameLease) {
  MustSubmit(*api_, SmallSpec("a", 1));
  MustSubmit(*api_, SmallSpec("b", 2));
  ASSERT_TRUE(worker_.Register().ok());
  const v1::AcquireLeaseRequest request = worker_.Asking();
  const auto first = api_->Call(&WorkerStub::AcquireLease, request);
  ASSERT_TRUE(first.ok() && first->has_lease()) << first;
  const auto again = api_->Call(&WorkerStub::AcquireLease, request);
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  const std::optional<v1::Lease> other = worker_.Acquire();
  ASSERT_TRUE(other);
  EXPECT_NE(other->stage().name(), first->lease().stage().name());
}

TEST_F(Repeats, CompleteStageEndsOnceAndGivesTheSameNextLease) {
  const std::string sweep = MustSubmit(*api_, SmallSpec("a"));
  ASSERT_TRUE(worker_.Register().ok());
  const std::optional<v1::Lease> train = worker_.Acquire();
  ASSERT_TRUE(train);
  v1::CompleteStageRequest success = worker_.Success(*train);
  success.set_acquire_next(true);
  success.set_free_threads(4);
  success.set_free_memory_bytes(int64_t{16} << 30);
  const auto first = worker_.Complete(success);
  ASSERT_TRUE(first.ok() && first->has_next_lease()) << first;
  const auto again = worker_.Complete(success);
  ASSERT_TRUE(again.ok()) << again;
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(GetSweep(sweep).stage_counts().succeeded(), 1);
  EXPECT_EQ(GetSweep(sweep).stage_counts().running(), 1);

  success.set_request_id(NewUuid());
  const auto stale = worker_.Complete(success);
  EXPECT_EQ(stale.code, grpc::StatusCode::FAILED_PRECONDITION) << stale;
  EXPECT_EQ(stale.reason, "LEASE_LOST");
}

TEST_F(Repeats, RegisterWorkerKeepsItsLeases) {
  MustSubmit(*api_, SmallSpec("a"));
  const v1::RegisterWorkerRequest request = worker_.Registration();
  ASSERT_TRUE(api_->Call(&WorkerStub::RegisterWorker, request).ok());
  const std::optional<v1::Lease> lease = worker_.Acquire();
  ASSERT_TRUE(lease);
  ASSERT_TRUE(api_->Call(&WorkerStub::RegisterWorker, request).ok());
  EXPECT_TRUE(worker_.Complete(worker_.Success(*lease)).ok());
}

}  // namespace
}  // namespace winnow::server
