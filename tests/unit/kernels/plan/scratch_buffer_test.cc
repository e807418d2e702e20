#include "kernels/plan/scratch_buffer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <utility>

#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {
namespace {

TEST(ScratchBuffer, GrowsAlignedAndMoves) {
  ScratchBuffer buffer;
  EXPECT_TRUE(buffer.bytes().empty());
  for (size_t size : {size_t{1}, size_t{100}, size_t{3} << 20}) {
    buffer.Reserve(size);
    ASSERT_GE(buffer.bytes().size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer.bytes().data()) % kScratchAlignment, 0u);
    std::memset(buffer.bytes().data(), 1, buffer.bytes().size());
  }
  const std::byte* const before = buffer.bytes().data();
  buffer.Reserve(10);
  EXPECT_EQ(buffer.bytes().data(), before);
  ScratchBuffer moved(std::move(buffer));
  EXPECT_EQ(moved.bytes().data(), before);
  ScratchBuffer assigned(10);
  assigned = std::move(moved);
  EXPECT_EQ(assigned.bytes().data(), before);
}

TEST(ScratchBuffer, MemoryWithoutABufferIsAlignedOrNull) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{3} << 20}) {
    std::byte* const scratch = AllocateScratch(size);
    ASSERT_NE(scratch, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(scratch) % kScratchAlignment, 0u);
    std::memset(scratch, 1, size);
    FreeScratch(scratch);
  }
  EXPECT_EQ(AllocateScratch(SIZE_MAX), nullptr);
  FreeScratch(nullptr);
}

}  // namespace
}  // namespace winnow::kernels
