#include "kernels/c/counted_for.h"

#include <cinttypes>
#include <cstdio>

namespace winnow::kernels {

struct CountedFor::Loop {
  CountedFor& owner;
  int64_t count;
  RangeBody body;
  std::atomic<int64_t> done{0};
};

void CountedFor::operator()(int64_t count, RangeBody body) {
  if (failed_) return;
  Loop loop{*this, count, body};
  parallel_for_(context_, count, RunRange, &loop);
  if (loop.done != count) {
    Fail("parallel_for ran %" PRId64 " of %" PRId64
         " items; it has to run each of [0, count) once, and to return when all are done",
         loop.done, count, 0);
  }
}

void CountedFor::RunRange(void* work, int64_t begin, int64_t end, int32_t thread) {
  Loop& loop = *static_cast<Loop*>(work);
  CountedFor& owner = loop.owner;
  if (begin < 0 || begin > end || end > loop.count) {
    owner.Fail("parallel_for passed the range [%" PRId64 ", %" PRId64 ") of a loop over %" PRId64 " items", begin, end,
               loop.count);
  } else if (thread < 0 || thread >= owner.threads_) {
    owner.Fail("parallel_for passed thread %" PRId64 " to a plan for %" PRId64
               " threads; threads count from 0, and winnow_conv_options.threads is their number",
               thread, owner.threads_, 0);
  } else if (begin < end) {
    loop.body(begin, end, thread);
    loop.done += end - begin;
  }
}

void CountedFor::Fail(const char* format, int64_t a, int64_t b, int64_t c) {
  if (!failed_.exchange(true)) std::snprintf(message_, sizeof(message_), format, a, b, c);
}

Status CountedFor::status() const { return failed_ ? InvalidArgument(message_) : OkStatus(); }

}  // namespace winnow::kernels
