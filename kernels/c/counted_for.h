// A parallel_for of a C caller, as the kernels call theirs. What it passes is not taken on trust: a thread index out of
// bounds would write outside the scratch.
#ifndef KERNELS_C_COUNTED_FOR_H_
#define KERNELS_C_COUNTED_FOR_H_

#include <atomic>
#include <cstdint>

#include "base/status.h"
#include "kernels/c/winnow_kernels.h"
#include "kernels/parallel_for.h"

namespace winnow::kernels {

// Serves the loops of one run. After the first fault it runs nothing more.
//
// Threads  the callback may call from any number of threads; everything else belongs to the thread that runs.
class CountedFor {
 public:
  CountedFor(winnow_parallel_for parallel_for, void* context, int threads)
      : parallel_for_(parallel_for), context_(context), threads_(threads) {}
  CountedFor(const CountedFor&) = delete;
  CountedFor& operator=(const CountedFor&) = delete;

  void operator()(int64_t count, RangeBody body);

  // kInvalidArgument if a range or a thread was out of bounds, or the ranges of a loop did not add up to its items.
  Status status() const;

 private:
  struct Loop;
  static void RunRange(void* work, int64_t begin, int64_t end, int32_t thread);
  void Fail(const char* format, int64_t a, int64_t b, int64_t c);

  const winnow_parallel_for parallel_for_;
  void* const context_;
  const int threads_;
  std::atomic<bool> failed_{false};
  char message_[192] = "";  // written by whoever failed first
};

}  // namespace winnow::kernels

#endif  // KERNELS_C_COUNTED_FOR_H_
