#include "worker/bench/host_load.h"

#include <gtest/gtest.h>

namespace winnow::worker {
namespace {

TEST(ParseHostSample, SumsTheFirstLineOfStat) {
  const HostSample sample =
      ParseHostSample("cpu  100 20 30 4000 50 6 7 8 900 0\ncpu0 1 2 3 4\n", "0.42 0.30 0.20 1/99 1234\n", 100);
  EXPECT_DOUBLE_EQ(sample.busy_s, 1.71);  // without idle, iowait and guest
  EXPECT_DOUBLE_EQ(sample.steal_s, 0.08);
  EXPECT_DOUBLE_EQ(sample.load_1min, 0.42);
}

TEST(ParseHostSample, KnowsNothingFromStrangeTexts) {
  for (const char* text : {"", "intr 1 2 3", "cpu x y"}) {
    const HostSample sample = ParseHostSample(text, text, 100);
    EXPECT_DOUBLE_EQ(sample.busy_s, 0) << text;
    EXPECT_DOUBLE_EQ(sample.load_1min, 0) << text;
  }
}

struct Case {
  const char* what;
  HostSample after;
  bool disturbing;
};

TEST(Between, FindsWhatOthersUsed) {
  const HostSample before{.wall_s = 10, .busy_s = 100, .steal_s = 5, .own_s = 50};
  const Case cases[] = {
      {"alone", {.wall_s = 11, .busy_s = 101, .steal_s = 5, .own_s = 51}, false},
      {"another process on half a core", {.wall_s = 11, .busy_s = 101.5, .steal_s = 5, .own_s = 51}, true},
      {"a short look at ticks of 10 ms", {.wall_s = 10.05, .busy_s = 100.07, .steal_s = 5, .own_s = 50.05}, false},
      {"the hypervisor took a tenth", {.wall_s = 11, .busy_s = 101.1, .steal_s = 5.1, .own_s = 51}, true},
      {"no time has passed", before, false},
  };
  for (const Case& c : cases) EXPECT_EQ(Between(before, c.after).Disturbing(), c.disturbing) << c.what;
}

TEST(SampleHost, GrowsWithThisProcess) {
  const HostSample before = SampleHost();
  volatile double sink = 0;
  while (SampleHost().own_s <= before.own_s) sink = sink + 1;
  EXPECT_GT(SampleHost().wall_s, before.wall_s);
}

}  // namespace
}  // namespace winnow::worker
