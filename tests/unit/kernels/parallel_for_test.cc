#include "kernels/parallel_for.h"

#include <gtest/gtest.h>

#include <vector>

namespace winnow::kernels {
namespace {

int CallWith(FunctionRef<int(int)> f, int x) { return f(x); }
int Twice(int x) { return 2 * x; }

TEST(FunctionRef, CallsLambdasFunctionsAndConstObjects) {
  int seen = 0;
  EXPECT_EQ(CallWith([&seen](int x) { return seen = x + 1; }, 4), 5);
  EXPECT_EQ(seen, 5);
  EXPECT_EQ(CallWith(Twice, 4), 8);
  const auto thrice = [](int x) { return 3 * x; };
  EXPECT_EQ(CallWith(thrice, 4), 12);
}

TEST(SerialFor, CoversTheRangeOnceOnThreadZero) {
  std::vector<int> visits(7, 0);
  const ParallelFor parallel_for = SerialFor;
  parallel_for(7, [&](int64_t begin, int64_t end, int thread) {
    EXPECT_EQ(thread, 0);
    for (int64_t i = begin; i < end; ++i) ++visits[i];
  });
  EXPECT_EQ(visits, std::vector<int>(7, 1));
}

TEST(SerialFor, SkipsAnEmptyRange) {
  SerialFor(0, [](int64_t, int64_t, int) { FAIL(); });
}

}  // namespace
}  // namespace winnow::kernels
