#include "kernels/probe/fma_probe.h"

#include <gtest/gtest.h>

namespace winnow::kernels {
namespace {

TEST(FmaProbe, CountsTwoOperationsALaneAChainAndARound) {
  for (const Isa isa : AvailableIsas()) {
    const int64_t one = RunFmaProbe(isa, 1);
    EXPECT_GT(one, 0) << IsaName(isa);
    EXPECT_EQ(one % (2 * IsaLanes(isa)), 0) << IsaName(isa);
    EXPECT_EQ(RunFmaProbe(isa, 1000), 1000 * one) << IsaName(isa);
    EXPECT_EQ(RunFmaProbe(isa, 0), 0) << IsaName(isa);
  }
}

}  // namespace
}  // namespace winnow::kernels
