// The agent at work: what it registers, runs, reports and gives back.
#include "worker/agent/worker_agent.h"

#include <gmock/gmock.h>

#include "agent_fixture.h"
#include "base/sha256.h"
#include "client/lib/artifact_client.h"
#include "spec/stage_kind.h"
#include "worker/agent/machine.h"

namespace winnow::worker {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MakeLease;
using testing::WaitFor;

TEST_F(AgentTest, RegistersWhatItOffers) {
  options_.labels = {{"room", "b2"}};
  Start();
  ASSERT_TRUE(WaitFor([&] { return model_.With([](auto& m) { return !m.acquires.empty(); }); }));
  const v1::Worker worker = model_.With([](auto& m) { return m.registrations.at(0).worker(); });
  EXPECT_EQ(worker.name(), "workers/w1");
  EXPECT_FALSE(worker.instance().empty());
  EXPECT_EQ(worker.host_id(), HostId());
  EXPECT_EQ(worker.threads(), 2);
  EXPECT_EQ(worker.memory_bytes(), int64_t{1} << 30);
  EXPECT_EQ(worker.isa(), "scalar");
  EXPECT_EQ(worker.numerics_class(), "scripted;1");
  EXPECT_EQ(worker.fingerprint(), std::string(64, 'f'));
  EXPECT_EQ(worker.stage_versions_size(), 5);
  EXPECT_EQ(worker.labels().at("room"), "b2");
  EXPECT_THAT(model_.With([](auto& m) { return m.api_metadata; }), Each("1"));
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(model_.With([](auto& m) { return m.unregistered; }), std::vector<std::string>{worker.instance()});
  EXPECT_FALSE(fs::exists(folder_ / "work" / "runs" / worker.instance()));
}

TEST_F(AgentTest, RunsAStageAndReportsItsResult) {
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  ASSERT_TRUE(AwaitCompletions(1));
  const v1::CompleteStageRequest completion = Completion(0);
  ASSERT_TRUE(completion.has_success()) << completion.DebugString();
  EXPECT_EQ(completion.success().numerics_class(), "scripted;1");
  EXPECT_THAT(completion.success().result_json(), HasSubstr("\"train_accuracy\":0.8"));
  ASSERT_EQ(completion.success().artifacts_size(), 1);
  EXPECT_EQ(completion.success().artifacts(0).role(), "checkpoint");
  const std::string content = "net of stages/" + std::string(64, 'a') + "\n";
  EXPECT_EQ(completion.success().artifacts(0).artifact(), client::ArtifactName(Sha256Hex(content)));
  model_.With([&](auto& m) {
    EXPECT_EQ(m.artifacts[Sha256Hex(content)], content);
    // Each measurement came exactly once, here or in a report before.
    int measured = completion.measurements_size();
    for (const auto& report : m.reports) measured += report.measurements_size();
    EXPECT_EQ(measured, 1);
    EXPECT_THAT(m.logs["token-1"], HasSubstr("started (scripted;1)"));
    EXPECT_THAT(m.logs["token-1"], HasSubstr("measurement loss at step 1: 0.5"));
    EXPECT_THAT(m.logs["token-1"], HasSubstr("finished"));
  });
  EXPECT_TRUE(WaitFor([&] { return WorkFolderIsEmpty(); }));
}

TEST_F(AgentTest, FetchesEachInputOnceAndKeepsWhatItMade) {
  const std::string pretrained = "pretrained weights";
  model_.artifacts[Sha256Hex(pretrained)] = pretrained;
  Start();
  v1::Lease first = MakeLease(v1::STAGE_KIND_TRAIN, "a");
  first.set_pretrained(client::ArtifactName(Sha256Hex(pretrained)));
  model_.Queue(first);
  ASSERT_TRUE(AwaitCompletions(1));
  ASSERT_TRUE(Completion(0).has_success()) << Completion(0).DebugString();
  v1::Lease child = MakeLease(v1::STAGE_KIND_SPATIAL_PRUNE, "b");
  child.add_parents()->set_key(std::string(64, 'a'));
  child.mutable_parents(0)->set_checkpoint(Completion(0).success().artifacts(0).artifact());
  child.set_pretrained(first.pretrained());
  model_.Queue(child);
  ASSERT_TRUE(AwaitCompletions(2));
  ASSERT_TRUE(Completion(1).has_success()) << Completion(1).DebugString();
  // One for the pretrained file; the parent's checkpoint was made here.
  EXPECT_EQ(model_.With([](auto& m) { return m.downloads; }), 1);
}

TEST_F(AgentTest, TakesTheNextLeaseFromTheAnswer) {
  Start();
  for (const char* key : {"a", "b", "c", "d"}) model_.Queue(MakeLease(v1::STAGE_KIND_EVALUATE, key));
  ASSERT_TRUE(AwaitCompletions(4));
  EXPECT_TRUE(Completion(0).acquire_next());
  EXPECT_GE(Completion(0).free_threads(), 1);
  for (size_t i = 0; i < 4; ++i) EXPECT_TRUE(Completion(i).has_success());
}

TEST_F(AgentTest, NeverOffersAThreadTwice) {
  SetScript({{"evaluate", {Step("start"), Touch(Sign("runs")), Await(Sign("go")), Step("succeed")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_EVALUATE, "a"));
  AwaitSign("runs");
  // With one thread in use it asks for the other, and for no more.
  ASSERT_TRUE(WaitFor([&] { return model_.With([](auto& m) { return m.acquires.size() >= 2; }); }));
  model_.With([](auto& m) {
    EXPECT_EQ(m.acquires[0].free_threads(), 2);
    EXPECT_EQ(m.acquires[1].free_threads(), 1);
    EXPECT_EQ(m.acquires[1].free_memory_bytes(), (int64_t{1} << 30) - (int64_t{64} << 20));
  });
  v1::Lease wide = MakeLease(v1::STAGE_KIND_EVALUATE, "b");
  wide.set_threads(2);
  model_.Queue(wide);
  ASSERT_TRUE(WriteFileDurably(Sign("go"), "").ok());
  // When the first has ended there is room for the second, which the open request did not offer.
  ASSERT_TRUE(AwaitCompletions(2));
  EXPECT_TRUE(Completion(1).has_success());
}

TEST_F(AgentTest, UploadsAResumePointBeforeItReportsIt) {
  SetScript(
      {{"train", {Step("start"), {{"do", "resume"}, {"epoch", 3}}, Await(Sign("go")), {{"do", "exit"}, {"code", 9}}}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  ASSERT_TRUE(WaitFor([&] {
    return model_.With([](auto& m) {
      for (const auto& report : m.reports) {
        if (report.has_resume()) return true;
      }
      return false;
    });
  }));
  model_.With([](auto& m) {
    for (const auto& report : m.reports) {
      if (!report.has_resume()) continue;
      EXPECT_EQ(report.resume().epoch(), 3);
      EXPECT_TRUE(m.artifacts.contains(*client::ArtifactDigest(report.resume().artifact())));
    }
  });
  ASSERT_TRUE(WriteFileDurably(Sign("go"), "").ok());
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_TRUE(Completion(0).has_failure());
}

TEST_F(AgentTest, GivesTheExecutorTheResumePointOfTheLease) {
  SetScript({{"train", {Step("start"), Step("succeed")}}});
  const std::string content = "resume me";
  model_.artifacts[Sha256Hex(content)] = content;
  v1::Lease lease = MakeLease(v1::STAGE_KIND_TRAIN, "a");
  lease.mutable_resume()->set_artifact(client::ArtifactName(Sha256Hex(content)));
  lease.mutable_resume()->set_epoch(5);
  Start();
  model_.Queue(lease);
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_THAT(model_.With([](auto& m) { return m.logs["token-1"]; }), HasSubstr("resumed after epoch 5"));
}

TEST_F(AgentTest, ShutdownSavesStateAndGivesBack) {
  SetScript(
      {{"train", {{{"do", "on_sigterm"}, {"then", "give_back"}}, Step("start"), Touch(Sign("runs")), Step("hang")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  const pid_t pid = AwaitSign("runs");
  EXPECT_TRUE(End().ok());
  ASSERT_TRUE(AwaitCompletions(1));
  ASSERT_TRUE(Completion(0).has_given_back()) << Completion(0).DebugString();
  EXPECT_EQ(Completion(0).given_back().resume().epoch(), 1);
  EXPECT_FALSE(Completion(0).acquire_next());
  model_.With([&](auto& m) {
    EXPECT_TRUE(
        m.artifacts.contains(*client::ArtifactDigest(m.completions[0].request.given_back().resume().artifact())));
    EXPECT_EQ(m.unregistered.size(), 1u);
  });
  EXPECT_FALSE(testing::IsRunning(pid));
}

TEST_F(AgentTest, ShutdownKillsWhatDoesNotSaveInTime) {
  options_.shutdown_grace = std::chrono::milliseconds(200);
  SetScript({{"train",
              {{{"do", "on_sigterm"}, {"then", "ignore"}},
               Step("start"),
               {{"do", "resume"}, {"epoch", 7}},
               Touch(Sign("runs")),
               Step("hang")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  const pid_t pid = AwaitSign("runs");
  EXPECT_TRUE(End().ok());
  EXPECT_FALSE(testing::IsRunning(pid));
  ASSERT_TRUE(AwaitCompletions(1));
  ASSERT_TRUE(Completion(0).has_given_back());
  EXPECT_EQ(Completion(0).given_back().resume().epoch(), 7);  // what there is
}

TEST_F(AgentTest, ShutdownEndsInTimeWithoutACoordinator) {
  SetScript(
      {{"train", {{{"do", "on_sigterm"}, {"then", "give_back"}}, Step("start"), Touch(Sign("runs")), Step("hang")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  AwaitSign("runs");
  StopCoordinator();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(End().ok());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST_F(AgentTest, CancelKillsTheExecutorAtOnce) {
  SetScript({{"train",
              {{{"do", "on_sigterm"}, {"then", "ignore"}},
               Step("start"),
               {{"do", "child"}, {"path", Sign("child")}},
               Touch(Sign("runs")),
               Step("hang")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  const pid_t pid = AwaitSign("runs");
  model_.Cancel(AwaitRunning());
  EXPECT_TRUE(WaitFor([&] { return !testing::IsRunning(pid); }, std::chrono::seconds(2)));
  const pid_t child = AwaitSign("child");
  EXPECT_TRUE(WaitFor([&] { return !testing::IsRunning(child); }, std::chrono::seconds(2)));
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_TRUE(Completion(0).has_cancelled());
}

TEST_F(AgentTest, ALostLeaseIsDroppedWithoutAReport) {
  model_.lease_ttl = std::chrono::milliseconds(500);
  SetScript(
      {{"train", {Step("start"), Touch(Sign("runs")), Step("hang")}}, {"evaluate", {Step("start"), Step("succeed")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  const pid_t pid = AwaitSign("runs");
  model_.Lose(AwaitRunning());
  EXPECT_TRUE(WaitFor([&] { return !testing::IsRunning(pid); }, std::chrono::seconds(5)));
  // It works on: the next stage is the first that completes.
  model_.Queue(MakeLease(v1::STAGE_KIND_EVALUATE, "b"));
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_EQ(Completion(0).token(), "token-2");
}

TEST_F(AgentTest, KillsItsStageWhenItsOwnClockPassesTheLease) {
  model_.lease_ttl = std::chrono::milliseconds(600);
  SetScript({{"train", {Step("start"), Touch(Sign("runs")), Step("hang")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  const pid_t pid = AwaitSign("runs");
  StopCoordinator();
  EXPECT_TRUE(WaitFor([&] { return !testing::IsRunning(pid); }, std::chrono::seconds(10)));
}

TEST_F(AgentTest, GoesOnThroughARestartOfTheCoordinator) {
  model_.lease_ttl = std::chrono::seconds(30);
  SetScript(
      {{"train",
        {Step("start"), Touch(Sign("runs")), Await(Sign("go")), {{"do", "log"}, {"text", "after"}}, Step("succeed")}}});
  Start();
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  AwaitSign("runs");
  StopCoordinator();
  model_.With([](auto& m) { m.knows_workers = false; });  // a new coordinator knows leases, but no workers
  ASSERT_TRUE(WriteFileDurably(Sign("go"), "").ok());
  StartCoordinator();
  ASSERT_TRUE(AwaitCompletions(1));
  EXPECT_TRUE(Completion(0).has_success());
  EXPECT_EQ(Completion(0).token(), "token-1");
  ASSERT_TRUE(WaitFor([&] { return model_.With([](auto& m) { return m.registrations.size() == 2; }); }));
  model_.With([](auto& m) {
    EXPECT_EQ(m.registrations[0].worker().instance(), m.registrations[1].worker().instance());
    EXPECT_THAT(m.logs["token-1"], HasSubstr("after\n"));
  });
  model_.Queue(MakeLease(v1::STAGE_KIND_EVALUATE, "b"));
  EXPECT_TRUE(AwaitCompletions(2));
}

TEST_F(AgentTest, ALostAnswerLosesNoResult) {
  Start();
  model_.With([](auto& m) { m.failing_completions = 2; });
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "a"));
  model_.Queue(MakeLease(v1::STAGE_KIND_TRAIN, "b"));
  ASSERT_TRUE(AwaitCompletions(2));
  EXPECT_EQ(model_.With([](auto& m) { return m.completions.size(); }), 2u);
  EXPECT_NE(Completion(0).request_id(), Completion(1).request_id());
}

TEST_F(AgentTest, RemovesWhatACrashedAgentLeftBehind) {
  fs::create_directories(folder_ / "work/runs/dead/attempt/output");
  std::ofstream(folder_ / "work/runs/dead.lock").put('x');
  Start();
  ASSERT_TRUE(WaitFor([&] { return model_.With([](auto& m) { return !m.acquires.empty(); }); }));
  EXPECT_FALSE(fs::exists(folder_ / "work/runs/dead"));
  EXPECT_FALSE(fs::exists(folder_ / "work/runs/dead.lock"));
}

}  // namespace
}  // namespace winnow::worker
