// One plan used by several threads at once, and one call spread over several threads.
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"
#include "tests/unit/kernels/plan/conv_problem.h"

namespace winnow::kernels {
namespace {

constexpr uint32_t kSeed = 41;

// `threads` nearly equal ranges, each on a thread of its own.
struct ThreadedFor {
  int threads;

  void operator()(int64_t count, RangeBody body) const {
    std::vector<std::thread> pool;
    for (int t = 0; t < threads; ++t) {
      const int64_t begin = count * t / threads, end = count * (t + 1) / threads;
      if (begin < end) pool.emplace_back([=] { body(begin, end, t); });
    }
    for (std::thread& thread : pool) thread.join();
  }
};

// Blocks for every thread, and blocks that threads share.
constexpr ConvShape kShapes[] = {{4, 20, 24, 28, 28, 1}, {1, 48, 40, 7, 7, 1}};

std::vector<float> RunSerially(const ConvPlan& plan, const ConvProblem& problem) {
  ScratchBuffer scratch(plan.ScratchBytes());
  std::vector<float> output(problem.shape.OutputSize());
  Run(plan, problem.input, output, scratch.bytes(), SerialFor);
  return output;
}

TEST(ConvThreads, ConcurrentRunsOfOnePlanEqualSerialOnes) {
  for (const ConvShape& shape : kShapes) {
    const ConvProblem problem(shape, WinogradVariant::kF4K3, 0.3, kSeed);
    const ConvPlan plan = MakeConvPlan({.shape = shape}, problem.q, problem.bias).value();
    const std::vector<float> expected = RunSerially(plan, problem);
    std::vector<float> outputs[2];
    std::thread threads[2];
    for (int t = 0; t < 2; ++t) {
      threads[t] = std::thread([&, t] {
        for (int repeat = 0; repeat < 3; ++repeat) outputs[t] = RunSerially(plan, problem);
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(outputs[0], expected) << shape.ToString();
    EXPECT_EQ(outputs[1], expected) << shape.ToString();
  }
}

TEST(ConvThreads, OneRunOverThreadsEqualsTheSerialOne) {
  for (const ConvShape& shape : kShapes) {
    for (double density : {0.2, 1.0}) {
      for (WinogradVariant variant : kAllVariants) {
        const ConvProblem problem(shape, variant, density, kSeed);
        const ConvPlan serial = MakeConvPlan({.shape = shape, .variant = variant}, problem.q, problem.bias).value();
        const std::vector<float> expected = RunSerially(serial, problem);
        for (int threads : {2, 3}) {
          const ConvPlan plan =
              MakeConvPlan({.shape = shape, .variant = variant, .threads = threads}, problem.q, problem.bias).value();
          ScratchBuffer scratch(plan.ScratchBytes());
          std::vector<float> output(shape.OutputSize());
          kernels::Run(plan, problem.input, output, scratch.bytes(), ThreadedFor{threads});
          EXPECT_EQ(output, RunSerially(plan, problem)) << shape.ToString() << " threads " << threads;
          EXPECT_LE(RelativeError(output, std::vector<double>(expected.begin(), expected.end())),
                    MaxRelativeError(variant));
        }
      }
    }
  }
}

}  // namespace
}  // namespace winnow::kernels
