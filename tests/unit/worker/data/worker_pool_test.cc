#include "worker/data/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <vector>

namespace winnow::worker {
namespace {

TEST(WorkerPool, CallsEveryItemOnce) {
  for (const int threads : {1, 2, 7}) {
    WorkerPool pool(threads);
    for (const int64_t count : {0, 1, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<size_t>(count));
      pool.Run(count, [&](int64_t i) { ++calls[static_cast<size_t>(i)]; });
      for (const auto& called : calls) ASSERT_EQ(called, 1);
    }
  }
}

TEST(WorkerPool, ThrowsWhatTheLowestItemThrewAndGoesOn) {
  WorkerPool pool(3);
  std::atomic<int> calls = 0;
  try {
    pool.Run(100, [&](int64_t i) {
      ++calls;
      if (i % 10 == 7) throw std::runtime_error(std::to_string(i));
    });
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "7");
  }
  EXPECT_EQ(calls, 100);
  pool.Run(5, [&](int64_t) { ++calls; });
  EXPECT_EQ(calls, 105);
}

}  // namespace
}  // namespace winnow::worker
