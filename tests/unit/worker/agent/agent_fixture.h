// An agent in this process, between a fake coordinator and scripted executors.
#ifndef TESTS_UNIT_WORKER_AGENT_AGENT_FIXTURE_H_
#define TESTS_UNIT_WORKER_AGENT_AGENT_FIXTURE_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "base/durable_file.h"
#include "base/json.h"
#include "tests/support/fake_coordinator.h"
#include "tests/support/temp_folder.h"
#include "tests/support/wait_for.h"
#include "worker/agent/worker_agent.h"

namespace winnow::worker {

namespace fs = std::filesystem;

class AgentTest : public ::testing::Test {
 protected:
  AgentTest() {
    options_.server.target = "unix:" + socket().string();
    options_.name = "w1";
    options_.executor = WINNOW_SCRIPTED_EXECUTOR;
    options_.resources = {2, int64_t{1} << 30};
    options_.work_folder = folder_ / "work";
    options_.connect_patience = std::chrono::seconds(10);
  }
  ~AgentTest() override {
    (void)End();
    ::unsetenv("WINNOW_SCRIPT");
  }

  fs::path socket() const { return folder_ / "c.sock"; }
  std::string Sign(const std::string& name) const { return (folder_ / name).string(); }

  // What executors do from now on: see tests/support/scripted_executor.cc.
  void SetScript(const Json& script) {
    ASSERT_TRUE(WriteFileDurably(folder_ / "script.json", DumpJson(script)).ok());
    ::setenv("WINNOW_SCRIPT", (folder_ / "script.json").c_str(), 1);
  }

  void StartCoordinator() { coordinator_ = std::make_unique<testing::FakeCoordinator>(&model_, socket()); }
  void StopCoordinator() { coordinator_.reset(); }

  void StartAgent() {
    Result<std::unique_ptr<WorkerAgent>> agent = WorkerAgent::Create(options_, SystemClock());
    ASSERT_TRUE(agent) << agent.error().ToString();
    agent_ = std::move(*agent);
    thread_ = std::thread([this] { status_ = agent_->Run(); });
  }
  void Start() {
    StartCoordinator();
    StartAgent();
  }
  // Returns what Run() did.
  Status End() {
    if (agent_ == nullptr) return status_;
    agent_->Shutdown();
    return Join();
  }
  Status Join() {
    if (thread_.joinable()) thread_.join();
    agent_.reset();
    return status_;
  }

  [[nodiscard]] bool AwaitCompletions(size_t count) {
    return testing::WaitFor([&] { return model_.With([&](auto& m) { return m.completions.size() >= count; }); });
  }
  v1::CompleteStageRequest Completion(size_t index) {
    return model_.With([&](auto& m) { return m.completions.at(index).request; });
  }
  // The token of the first lease that runs, once there is one.
  std::string AwaitRunning() {
    std::string token;
    EXPECT_TRUE(testing::WaitFor([&] {
      return model_.With([&](auto& m) {
        if (!m.running.empty()) token = m.running.begin()->first;
        return !token.empty();
      });
    }));
    return token;
  }
  // The executor's process, once it has given the sign (a step "touch").
  pid_t AwaitSign(const std::string& name) {
    EXPECT_TRUE(testing::WaitFor([&] { return fs::exists(Sign(name)); })) << "no sign " << name;
    std::ifstream file(Sign(name));
    pid_t pid = 0;
    file >> pid;
    return pid;
  }
  [[nodiscard]] bool WorkFolderIsEmpty() {
    for (const auto& run : fs::directory_iterator(folder_ / "work" / "runs")) {
      if (run.is_directory() && !fs::is_empty(run)) return false;
    }
    return true;
  }

  testing::TempFolder folder_;
  testing::CoordinatorModel model_;
  std::unique_ptr<testing::FakeCoordinator> coordinator_;
  AgentOptions options_;
  std::unique_ptr<WorkerAgent> agent_;
  std::thread thread_;
  Status status_;
};

inline Json Step(const std::string& what) { return {{"do", what}}; }
inline Json Touch(const std::string& path) { return {{"do", "touch"}, {"path", path}}; }
inline Json Await(const std::string& path) { return {{"do", "await"}, {"path", path}}; }

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_AGENT_AGENT_FIXTURE_H_
