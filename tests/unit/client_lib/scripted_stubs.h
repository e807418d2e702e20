// Stubs whose calls are answered by the test, without a network.
#ifndef TESTS_UNIT_CLIENT_LIB_SCRIPTED_STUBS_H_
#define TESTS_UNIT_CLIENT_LIB_SCRIPTED_STUBS_H_

#include <gmock/gmock.h>

#include <deque>
#include <memory>
#include <utility>
#include <vector>

#include "client/lib/connection.h"
#include "tests/support/fake_clock.h"
#include "winnow/v1/artifact_mock.grpc.pb.h"
#include "winnow/v1/results_mock.grpc.pb.h"
#include "winnow/v1/server_mock.grpc.pb.h"
#include "winnow/v1/stage_mock.grpc.pb.h"
#include "winnow/v1/sweep_mock.grpc.pb.h"
#include "winnow/v1/trial_mock.grpc.pb.h"
#include "winnow/v1/worker_mock.grpc.pb.h"

namespace winnow::client {

// A stream that gives these messages and then ends with this status.
template <typename Message>
class ScriptedReader final : public grpc::ClientReaderInterface<Message> {
 public:
  ScriptedReader(std::deque<Message> messages, grpc::Status end)
      : messages_(std::move(messages)), end_(std::move(end)) {}

  bool NextMessageSize(uint32_t* size) override {
    *size = 1 << 20;
    return !messages_.empty();
  }
  bool Read(Message* message) override {
    if (messages_.empty()) return false;
    *message = std::move(messages_.front());
    messages_.pop_front();
    return true;
  }
  void WaitForInitialMetadata() override {}
  grpc::Status Finish() override { return end_; }

 private:
  std::deque<Message> messages_;
  const grpc::Status end_;
};

// Time passes by itself: every pause is over at once, and is written down.
class HastyClock final : public Clock {
 public:
  SteadyTime Now() const override { return clock_.Now(); }
  WallTime WallNow() const override { return clock_.WallNow(); }
  TimerId At(SteadyTime when, std::function<void()> run) override {
    pauses.push_back(when - clock_.Now());
    const TimerId id = clock_.At(when, std::move(run));
    clock_.Advance(when - clock_.Now());
    return id;
  }
  bool Cancel(TimerId id) override { return clock_.Cancel(id); }

  std::vector<Duration> pauses;

 private:
  testing::FakeClock clock_;
};

class ScriptedStubsTest : public ::testing::Test {
 protected:
  ScriptedStubsTest() {
    Stubs stubs;
    const auto keep = [](auto& place, auto* mock) {
      place.reset(mock);
      return mock;
    };
    server_ = keep(stubs.server, new ::testing::StrictMock<v1::MockServerServiceStub>());
    sweeps_ = keep(stubs.sweeps, new ::testing::StrictMock<v1::MockSweepServiceStub>());
    stages_ = keep(stubs.stages, new ::testing::StrictMock<v1::MockStageServiceStub>());
    trials_ = keep(stubs.trials, new ::testing::StrictMock<v1::MockTrialServiceStub>());
    results_ = keep(stubs.results, new ::testing::StrictMock<v1::MockResultsServiceStub>());
    workers_ = keep(stubs.workers, new ::testing::StrictMock<v1::MockWorkerServiceStub>());
    connection_ = std::make_unique<Connection>("unix:/scripted", std::move(stubs), &clock_);
  }

  HastyClock clock_;
  v1::MockServerServiceStub* server_;
  v1::MockSweepServiceStub* sweeps_;
  v1::MockStageServiceStub* stages_;
  v1::MockTrialServiceStub* trials_;
  v1::MockResultsServiceStub* results_;
  v1::MockWorkerServiceStub* workers_;
  std::unique_ptr<Connection> connection_;
};

inline grpc::Status Gone() { return grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone"); }

}  // namespace winnow::client

#endif  // TESTS_UNIT_CLIENT_LIB_SCRIPTED_STUBS_H_
