#include "kernels/plan/scratch_buffer.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace

ScratchBuffer::~ScratchBuffer() { std::free(begin_); }

ScratchBuffer::ScratchBuffer(ScratchBuffer&& other) noexcept
    : begin_(std::exchange(other.begin_, nullptr)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

ScratchBuffer& ScratchBuffer::operator=(ScratchBuffer&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

void ScratchBuffer::Reserve(size_t size_bytes) {
  if (size_bytes <= size_bytes_) return;
  const size_t alignment = size_bytes >= kHugePageBytes ? kHugePageBytes : kScratchAlignment;
  const size_t rounded = (size_bytes + alignment - 1) / alignment * alignment;
  std::free(begin_);
  begin_ = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (begin_ == nullptr) {
    std::fprintf(stderr, "out of memory: %zu bytes of kernel scratch\n", rounded);
    std::abort();
  }
  size_bytes_ = rounded;
  if (alignment == kHugePageBytes) madvise(begin_, rounded, MADV_HUGEPAGE);  // a wish; small pages work too
}

}  // namespace winnow::kernels
