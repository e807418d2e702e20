// Memory for Run().
#ifndef KERNELS_PLAN_SCRATCH_BUFFER_H_
#define KERNELS_PLAN_SCRATCH_BUFFER_H_

#include <cstddef>
#include <span>

namespace winnow::kernels {

// An aligned block on huge pages where the system grants them. One a thread of control, reused by every layer: with
// cold scratch a layer takes up to 1.7 times as long (a prototype's measurement).
//
// Errors   running out of memory ends the program, as any allocation in Winnow does.
// Threads  a value; contents are the user's business.
class ScratchBuffer {
 public:
  ScratchBuffer() = default;
  explicit ScratchBuffer(size_t size_bytes) { Reserve(size_bytes); }
  ~ScratchBuffer();

  ScratchBuffer(ScratchBuffer&& other) noexcept;
  ScratchBuffer& operator=(ScratchBuffer&& other) noexcept;

  // Grows to at least `size_bytes`; contents are lost if it does.
  void Reserve(size_t size_bytes);

  std::span<std::byte> bytes() { return {begin_, size_bytes_}; }

 private:
  std::byte* begin_ = nullptr;
  size_t size_bytes_ = 0;
};

// For callers who own memory in another way: `size_bytes` as ScratchBuffer would get them, or null if there is no
// memory.
std::byte* AllocateScratch(size_t size_bytes);
void FreeScratch(std::byte* scratch);

}  // namespace winnow::kernels

#endif  // KERNELS_PLAN_SCRATCH_BUFFER_H_
