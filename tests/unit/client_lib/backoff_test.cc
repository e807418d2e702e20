#include "client/lib/backoff.h"

#include <gtest/gtest.h>

namespace winnow::client {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, DoublesUpToTwoSeconds) {
  Backoff backoff;
  for (const int ms : {100, 200, 400, 800, 1600, 2000, 2000}) EXPECT_EQ(backoff.Next(), milliseconds(ms));
  backoff.Reset();
  EXPECT_EQ(backoff.Next(), milliseconds(100));
}

}  // namespace
}  // namespace winnow::client
