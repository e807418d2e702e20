#include "kernels/plan/scratch_buffer.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {
namespace {

constexpr size_t kHugePageBytes = size_t{2} << 20;

size_t AlignmentOf(size_t size_bytes) { return size_bytes >= kHugePageBytes ? kHugePageBytes : kScratchAlignment; }

size_t RoundedUp(size_t size_bytes) {
  const size_t alignment = AlignmentOf(size_bytes);
  return (size_bytes + alignment - 1) / alignment * alignment;
}

}  // namespace

std::byte* AllocateScratch(size_t size_bytes) {
  if (size_bytes > SIZE_MAX - kHugePageBytes) return nullptr;
  const size_t alignment = AlignmentOf(size_bytes);
  const size_t rounded = std::max(RoundedUp(size_bytes), alignment);  // also for no bytes at all: null means no memory
  auto* const scratch = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (scratch != nullptr && alignment == kHugePageBytes) {
    madvise(scratch, rounded, MADV_HUGEPAGE);  // a wish; small pages work too
  }
  return scratch;
}

void FreeScratch(std::byte* scratch) { std::free(scratch); }

ScratchBuffer::~ScratchBuffer() { FreeScratch(begin_); }

ScratchBuffer::ScratchBuffer(ScratchBuffer&& other) noexcept
    : begin_(std::exchange(other.begin_, nullptr)), size_bytes_(std::exchange(other.size_bytes_, 0)) {}

ScratchBuffer& ScratchBuffer::operator=(ScratchBuffer&& other) noexcept {
  std::swap(begin_, other.begin_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

void ScratchBuffer::Reserve(size_t size_bytes) {
  if (size_bytes <= size_bytes_) return;
  FreeScratch(begin_);
  begin_ = AllocateScratch(size_bytes);
  if (begin_ == nullptr) {
    std::fprintf(stderr, "out of memory: %zu bytes of kernel scratch\n", size_bytes);
    std::abort();
  }
  size_bytes_ = RoundedUp(size_bytes);
}

}  // namespace winnow::kernels
