#include "server/coordinator/worker_registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};
constexpr Duration kTtl = 10s;

WorkerRecord Worker(const std::string& id, const std::string& host, const std::string& instance) {
  WorkerRecord worker;
  worker.id = id;
  worker.instance = instance;
  worker.host_id = host;
  worker.threads = 4;
  worker.memory_bytes = 1000;
  return worker;
}

TEST(WorkerRegistry, RefusesTheNameOfALiveWorker) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "one"), kStart).ok());
  EXPECT_TRUE(workers.Register(Worker("w", "h1", "one"), kStart + 1s).ok());

  const Status taken = workers.Register(Worker("w", "h1", "two"), kStart + 2s);
  EXPECT_EQ(taken.code(), StatusCode::kFailedPrecondition);
  EXPECT_EQ(taken.reason(), "NAME_TAKEN");

  EXPECT_TRUE(workers.Register(Worker("w", "h1", "two"), kStart + 12s).ok());
  EXPECT_EQ(workers.Touch("w", "one", kStart + 12s).code(), StatusCode::kNotFound);
  EXPECT_TRUE(workers.Touch("w", "two", kStart + 12s).ok());
}

TEST(WorkerRegistry, CountsSilentWorkersAsGoneOnce) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("a", "h1", "i"), kStart).ok());
  ASSERT_TRUE(workers.Register(Worker("b", "h1", "i"), kStart).ok());
  ASSERT_TRUE(workers.Touch("b", "i", kStart + 9s).ok());
  EXPECT_THAT(workers.TakeSilent(kStart + 10s), IsEmpty());
  EXPECT_THAT(workers.TakeSilent(kStart + 11s), ElementsAre("a"));
  EXPECT_THAT(workers.TakeSilent(kStart + 12s), IsEmpty());
  EXPECT_EQ(workers.Touch("a", "i", kStart + 12s).code(), StatusCode::kNotFound);
  ASSERT_EQ(workers.Alive().size(), 1u);
  EXPECT_EQ(workers.Alive().front()->id, "b");
}

TEST(WorkerRegistry, UnregisteringFreesTheName) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "one"), kStart).ok());
  EXPECT_EQ(workers.Unregister("w", "two").code(), StatusCode::kNotFound);
  EXPECT_TRUE(workers.Unregister("w", "one").ok());
  EXPECT_TRUE(workers.Register(Worker("w", "h1", "two"), kStart).ok());
}

TEST(WorkerRegistry, TakesLeasesOffWhatIsFree) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "i"), kStart).ok());
  workers.LeaseStarted("w", "t1", {"s1", 3, 700, false}, kStart);
  EXPECT_EQ(workers.Find("w")->free_threads(), 1);
  EXPECT_EQ(workers.Find("w")->free_memory_bytes(), 300);
  EXPECT_EQ(workers.HolderOf("t1"), workers.Find("w"));
  workers.LeaseEnded("t1");
  workers.LeaseEnded("t1");
  EXPECT_EQ(workers.Find("w")->free_threads(), 4);
  EXPECT_EQ(workers.HolderOf("t1"), nullptr);
}

TEST(WorkerRegistry, AddsUpHosts) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("a", "h1", "i"), kStart).ok());
  ASSERT_TRUE(workers.Register(Worker("b", "h1", "i"), kStart).ok());
  ASSERT_TRUE(workers.Register(Worker("c", "h2", "i"), kStart).ok());
  workers.LeaseStarted("a", "t1", {"s1", 1, 0, false}, kStart);
  workers.LeaseStarted("b", "t2", {"s2", 1, 0, false}, kStart);
  workers.LeaseStarted("c", "t3", {"s3", 1, 0, true}, kStart);
  EXPECT_EQ(workers.HostLoads().at("h1").running, 2);
  EXPECT_FALSE(workers.HostLoads().at("h1").exclusive_running);
  EXPECT_TRUE(workers.HostLoads().at("h2").exclusive_running);
}

TEST(WorkerRegistry, KnowsWhenABatchBegan) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "i"), kStart).ok());
  workers.LeaseStarted("w", "t1", {"b1", 1, 0, true}, kStart);
  workers.LeaseEnded("t1");
  workers.LeaseStarted("w", "t2", {"b2", 1, 0, true}, kStart + 5s);
  EXPECT_EQ(workers.HostLoads().at("h1").batch_since, kStart);
  workers.LeaseEnded("t2");
  workers.LeaseStarted("w", "t3", {"s", 1, 0, false}, kStart + 6s);
  EXPECT_EQ(workers.HostLoads().at("h1").batch_since, std::nullopt);
  workers.LeaseEnded("t3");
  workers.LeaseStarted("w", "t4", {"b3", 1, 0, true}, kStart + 7s);
  EXPECT_EQ(workers.HostLoads().at("h1").batch_since, kStart + 7s);
}

TEST(WorkerRegistry, AHolderOfALeaseIsHeardOf) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "i"), kStart).ok());
  workers.TouchHolder("w", kStart + 9s);
  EXPECT_THAT(workers.TakeSilent(kStart + 15s), IsEmpty());
  EXPECT_THAT(workers.TakeSilent(kStart + 20s), ElementsAre("w"));
  workers.TouchHolder("w", kStart + 21s);
  EXPECT_FALSE(workers.Find("w")->alive) << "who is gone has to register again";
  workers.TouchHolder("nobody", kStart + 21s);
  EXPECT_EQ(workers.Find("nobody"), nullptr);
}

TEST(WorkerRegistry, NamesOneWorkerOfEachKind) {
  WorkerRegistry workers(kTtl);
  for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(workers.Register(Worker(id, "h1", "i"), kStart).ok());
  WorkerRecord other = Worker("d", "h1", "i");
  other.labels = {{"gpu", "yes"}};
  ASSERT_TRUE(workers.Register(other, kStart).ok());
  const auto ids = [&] {
    std::vector<std::string> named;
    for (const WorkerRecord* const worker : workers.AliveKinds()) named.push_back(worker->id);
    return named;
  };
  EXPECT_THAT(ids(), ElementsAre("a", "d"));
  ASSERT_TRUE(workers.Unregister("a", "i").ok());
  EXPECT_THAT(ids(), ElementsAre("b", "d"));
  other.labels = {};
  ASSERT_TRUE(workers.Register(other, kStart).ok());
  EXPECT_THAT(ids(), ElementsAre("b")) << "it offers what the others do now";
  EXPECT_EQ(workers.CountAlive(), 3u);
  EXPECT_THAT(workers.TakeSilent(kStart + 11s), ElementsAre("b", "c", "d"));
  EXPECT_THAT(ids(), IsEmpty());
}

TEST(WorkerRegistry, LeasesMoveWithTheirWorkerToAnotherHost) {
  WorkerRegistry workers(kTtl);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "i"), kStart).ok());
  workers.LeaseStarted("w", "t", {"s", 1, 0, false, ""}, kStart);
  ASSERT_TRUE(workers.Register(Worker("w", "h2", "i"), kStart).ok());
  EXPECT_FALSE(workers.HostLoads().contains("h1"));
  EXPECT_EQ(workers.HostLoads().at("h2").running, 1);
  workers.ForgetLeases();
  EXPECT_THAT(workers.HostLoads(), IsEmpty());
}

TEST(WorkerRegistry, KeepsLeasesOfWorkersThatHaveNotComeBackYet) {
  WorkerRegistry workers(kTtl);
  workers.LeaseStarted("w", "t", {"s", 3, 0, false}, kStart);
  EXPECT_FALSE(workers.Find("w")->alive);
  EXPECT_EQ(workers.Touch("w", "i", kStart).code(), StatusCode::kNotFound);
  ASSERT_TRUE(workers.Register(Worker("w", "h1", "i"), kStart).ok());
  EXPECT_EQ(workers.Find("w")->free_threads(), 1);
  EXPECT_EQ(workers.HostLoads().at("h1").running, 1);
}

}  // namespace
}  // namespace winnow::server
