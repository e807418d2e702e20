// A lease table over a store with one QUEUED stage, and calls that wait for their answers.
#ifndef TESTS_UNIT_SERVER_LEASES_LEASE_FIXTURE_H_
#define TESTS_UNIT_SERVER_LEASES_LEASE_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/leases/lease_table.h"
#include "server/store/memory_store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/faulty_store.h"
#include "tests/support/store_samples.h"

namespace winnow::server {

// What a callback got: Wait<T>([&](auto done) { table.Grant(..., done); }).
template <typename T, typename Call>
Result<T> Wait(Call call) {
  auto promise = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> future = promise->get_future();
  call([promise](Result<T> result) { promise->set_value(std::move(result)); });
  return future.get();
}

class LeaseFixture : public ::testing::Test {
 protected:
  LeaseFixture() {
    Commit([](StoreWriter& writer) -> Status {
      WINNOW_RETURN_IF_ERROR(writer.CreateStage(testing::SampleStage(1)));
      for (int i = 1; i <= 3; ++i) WINNOW_RETURN_IF_ERROR(writer.PutArtifact(testing::SampleArtifact(i)));
      return OkStatus();
    });
    NewTable({});
  }
  // Before what the callbacks use.
  ~LeaseFixture() override { store_.reset(); }

  void NewTable(LeaseOptions options) {
    options.ttl = std::chrono::seconds(15);
    table_ = std::make_unique<LeaseTable>(&faulty_, &clock_, std::move(options));
  }

  void Commit(Store::Transaction transaction) {
    const Status status = SubmitAndWait(*store_, std::move(transaction));
    ASSERT_TRUE(status.ok()) << status.ToString();
  }
  Stage TheStage() {
    return *testing::Ask(*store_, [](const StoreReader& reader) { return reader.GetStage(testing::SampleKey(1)); });
  }
  Attempt TheAttempt(int number) {
    return **testing::Ask(*store_,
                          [&](const StoreReader& reader) { return reader.FindAttempt(testing::SampleKey(1), number); });
  }

  Result<GrantedLease> Grant(const std::string& worker = "w1", const std::string& request_id = "") {
    return Wait<GrantedLease>([&](auto done) { table_->Grant(testing::SampleKey(1), worker, request_id, done); });
  }
  // A grant that must work; its token.
  std::string MustGrant(const std::string& worker = "w1") {
    const Result<GrantedLease> granted = Grant(worker);
    EXPECT_TRUE(granted) << granted.error().ToString();
    return granted ? granted->lease.token : "";
  }
  Result<ProgressTaken> Report(const std::string& token, const ProgressReport& report) {
    return Wait<ProgressTaken>([&](auto done) { table_->Report(token, report, done); });
  }
  Result<EndedLease> Succeed(const std::string& token, const AttemptSuccess& success = {},
                             const EndReport& report = {}) {
    return Wait<EndedLease>([&](auto done) { table_->Succeed(token, success, report, done); });
  }
  Result<EndedLease> Fail(const std::string& token, bool retryable = true) {
    const AttemptFailure failure{
        .code = "INTERNAL", .message = "crashed", .retryable = retryable, .last_lines = "boom"};
    return Wait<EndedLease>([&](auto done) { table_->Fail(token, failure, {}, done); });
  }
  Result<EndedLease> GiveBack(const std::string& token, const AttemptReturn& given_back = {}) {
    return Wait<EndedLease>([&](auto done) { table_->GiveBack(token, given_back, {}, done); });
  }
  // Expires what is overdue, waits for all of it, and says how each ended.
  std::vector<Result<EndedLease>> Expire() {
    std::vector<Result<EndedLease>> ends;
    const std::vector<Lease> overdue = table_->ExpireOverdue([&](Result<EndedLease> end) { ends.push_back(end); });
    // Callbacks come in order: once this one is back, so are they.
    (void)SubmitAndWait(*store_, [](StoreWriter&) { return OkStatus(); });
    EXPECT_LE(ends.size(), overdue.size());
    return ends;
  }
  void Cancel() {
    Commit([](StoreWriter& writer) -> Status {
      WINNOW_ASSIGN_OR_RETURN_STATUS(Stage stage, writer.GetStage(testing::SampleKey(1)));
      stage.state = StageState::kCancelling;
      return writer.UpdateStage(stage);
    });
  }

  testing::FakeClock clock_;
  std::unique_ptr<Store> store_ = MakeMemoryStore(&clock_);
  testing::FaultyStore faulty_{store_.get()};
  std::unique_ptr<LeaseTable> table_;
};

}  // namespace winnow::server

#endif  // TESTS_UNIT_SERVER_LEASES_LEASE_FIXTURE_H_
