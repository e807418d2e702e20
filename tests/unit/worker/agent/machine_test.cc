#include "worker/agent/machine.h"

#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

TEST(Machine, HostIdIsStable) {
  EXPECT_EQ(HostId(), HostId());
  EXPECT_EQ(HostId().size(), 32u);
}

TEST(Machine, HasCoresAndMemory) {
  EXPECT_GE(UsableCores(), 1);
  EXPECT_GT(UsableMemoryBytes(), int64_t{64} << 20);
}

TEST(Machine, MakesNamesForWorkers) {
  EXPECT_EQ(WorkerNameFrom("Lab-3.example.org"), "lab-3-example-org");
  EXPECT_EQ(WorkerNameFrom("10.0.0.1"), "worker-10-0-0-1");
  EXPECT_EQ(WorkerNameFrom("__"), "worker");
  EXPECT_EQ(WorkerNameFrom("a..--b--"), "a-b");
  EXPECT_EQ(WorkerNameFrom(std::string(100, 'x')), std::string(63, 'x'));
  EXPECT_TRUE(IsWorkerName(DefaultWorkerName()));
}

TEST(Machine, ChecksNames) {
  for (const char* good : {"a", "w1", "1", "lab-3"}) EXPECT_TRUE(IsWorkerName(good)) << good;
  for (const char* bad : {"", "A", "a b", "a/b", "a_b", "ä"}) EXPECT_FALSE(IsWorkerName(bad)) << bad;
  EXPECT_TRUE(IsWorkerName(std::string(63, 'a')));
  EXPECT_FALSE(IsWorkerName(std::string(64, 'a')));
}

}  // namespace
}  // namespace winnow::worker
