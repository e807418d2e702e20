// A coordinator that is killed, stopped, started twice, and left by its parent.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <map>

#include "base/unique_fd.h"
#include "tests/integration/server/winnowd_process.h"
#include "tests/support/temp_folder.h"
#include "tests/unit/server/rpc/scripted_worker.h"

namespace winnow::server {
namespace {

using ::testing::HasSubstr;

class WinnowdTest : public ::testing::Test {
 protected:
  std::filesystem::path data() const { return folder_ / "data"; }

  static std::map<std::string, std::string> StagesOf(Api& api, const std::string& sweep) {
    const auto reply = api.Call(&StageStub::ListStages, "parent: '" + sweep + "' page_size: 1000");
    EXPECT_TRUE(reply.ok()) << reply;
    std::map<std::string, std::string> states;
    for (const v1::Stage& stage : reply->stages()) states[stage.label()] = v1::StageState_Name(stage.state());
    return states;
  }

  winnow::testing::TempFolder folder_;
};

// Whatever was acknowledged is there after a kill, and who held a lease may end it at the next coordinator.
TEST_F(WinnowdTest, GoesOnAfterAKill) {
  std::optional<v1::Lease> held;
  std::map<std::string, std::string> before;
  {
    WinnowdProcess first(data());
    ASSERT_TRUE(first.WaitServing()) << first.errors();
    Api api(first.unix_address());
    MustSubmit(api, SmallSpec("a"));
    ScriptedWorker worker(&api, "w");
    ASSERT_TRUE(worker.Register().ok());
    ASSERT_TRUE(worker.RunOne()) << "train";
    held = worker.Acquire();
    ASSERT_TRUE(held);
    before = StagesOf(api, "sweeps/a");
    first.Signal(SIGKILL);
    EXPECT_EQ(first.Wait().signal, SIGKILL);
  }
  WinnowdProcess second(data());
  ASSERT_TRUE(second.WaitServing()) << second.errors();
  Api api(second.unix_address());
  EXPECT_EQ(StagesOf(api, "sweeps/a"), before);
  ScriptedWorker worker(&api, "w");
  ASSERT_TRUE(worker.Register().ok());
  const auto ended = worker.Complete(worker.Success(*held));
  EXPECT_TRUE(ended.ok()) << ended;
  EXPECT_EQ(worker.RunAll(), 3) << "five stages, two of them had ended";
  const auto sweep = api.Call(&SweepStub::GetSweep, "name: 'sweeps/a'");
  EXPECT_EQ(sweep->sweep().state(), v1::SWEEP_STATE_SUCCEEDED) << sweep->ShortDebugString();
}

// Killed between any two calls of a client that repeats each until it is answered, it ends with the same sweeps.
TEST_F(WinnowdTest, RepeatedRequestsMakeOneSweepAcrossKills) {
  v1::CreateSweepRequest request;
  request.set_request_id("0b9d6a6e-3a43-4c51-9a0e-8f5d3c1b2a10");
  request.set_spec_json(SmallSpec("a"));
  for (int round = 0; round < 3; ++round) {
    WinnowdProcess winnowd(data());
    ASSERT_TRUE(winnowd.WaitServing()) << winnowd.errors();
    Api api(winnowd.unix_address());
    const auto created = api.Call(&SweepStub::CreateSweep, request);
    ASSERT_TRUE(created.ok()) << created;
    EXPECT_EQ(created->sweep().name(), "sweeps/a");
    EXPECT_EQ(api.Call(&SweepStub::ListSweeps, "")->sweeps_size(), 1);
    winnowd.Signal(SIGKILL);
    winnowd.Wait();
  }
}

// However the signal and the call meet: on its way, waiting or late.
TEST_F(WinnowdTest, SigtermAnswersWhoWaitsAndEndsWell) {
  WinnowdProcess winnowd(data());
  ASSERT_TRUE(winnowd.WaitServing()) << winnowd.errors();
  Api api(winnowd.tcp_address());
  ScriptedWorker worker(&api, "w");
  ASSERT_TRUE(worker.Register().ok());
  auto waiting = std::async(std::launch::async, [&] { return api.Call(&WorkerStub::AcquireLease, worker.Asking(30)); });
  winnowd.Signal(SIGTERM);
  const ExitState end = winnowd.Wait();
  EXPECT_EQ(end.signal, 0) << end.ToString();
  EXPECT_EQ(end.exit_code, 0) << winnowd.errors();
  const auto answer = waiting.get();
  EXPECT_FALSE(answer->has_lease());
  EXPECT_NE(answer.code, grpc::StatusCode::DEADLINE_EXCEEDED) << "nobody answered";
}

TEST_F(WinnowdTest, ASecondOneOnTheFolderIsRefused) {
  WinnowdProcess first(data());
  ASSERT_TRUE(first.WaitServing()) << first.errors();
  WinnowdProcess second(data());
  EXPECT_EQ(second.Wait().exit_code, 4);
  EXPECT_THAT(second.errors(), HasSubstr(std::to_string(first.pid())));
  EXPECT_THAT(second.errors(), HasSubstr(data().string()));
  Api api(first.unix_address());
  EXPECT_TRUE(api.Call(&ServerStub::GetServer, "").ok());
}

TEST_F(WinnowdTest, ATakenPortIsNamed) {
  WinnowdProcess first(data());
  ASSERT_TRUE(first.WaitServing()) << first.errors();
  WinnowdProcess second(folder_ / "other", {"--listen", first.tcp_address()});
  EXPECT_EQ(second.Wait().exit_code, 4);
  EXPECT_THAT(second.errors(), HasSubstr(first.tcp_address()));
}

// kill -9 of the program that started it closes the lifeline.
TEST_F(WinnowdTest, EndsWithItsLifeline) {
  const std::string fifo = folder_ / "lifeline";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  SubprocessOptions options;
  options.command = {"sh", "-c", "exec \"$0\" --data \"$1\" --embedded --lifeline 0 < \"$2\"", WINNOWD, data(), fifo};
  options.capture_stderr = false;
  Result<Subprocess> winnowd = Subprocess::Start(options);
  ASSERT_TRUE(winnowd) << winnowd.error().ToString();
  UniqueFd lifeline(::open(fifo.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(lifeline.valid());
  EXPECT_FALSE(winnowd->TryWait());
  lifeline.reset();
  EXPECT_EQ(winnowd->Wait().ToString(), "exit code 0");
}

}  // namespace
}  // namespace winnow::server
