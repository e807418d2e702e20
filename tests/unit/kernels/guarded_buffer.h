// Floats between guard zones.
#ifndef TESTS_UNIT_KERNELS_GUARDED_BUFFER_H_
#define TESTS_UNIT_KERNELS_GUARDED_BUFFER_H_

#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <span>

namespace winnow::kernels {

// A buffer filled with NaN, so that an element nobody wrote shows, between two zones whose bytes must stay as they are.
// Aligned to 64 bytes plus `misalign` floats.
class GuardedBuffer {
 public:
  explicit GuardedBuffer(int64_t size, int misalign = 0) : size_(size), offset_(kGuard + misalign) {
    const size_t total = static_cast<size_t>(size_ + 2 * kGuard + kGuard);
    memory_.reset(new (std::align_val_t{64}) float[total]);
    total_ = total;
    std::memset(memory_.get(), kGuardByte, total * sizeof(float));
    for (float& x : span()) x = std::numeric_limits<float>::quiet_NaN();
  }

  std::span<float> span() { return {memory_.get() + offset_, static_cast<size_t>(size_)}; }
  float* data() { return span().data(); }

  // Whether nobody wrote outside span().
  bool IsIntact() const {
    const auto* bytes = reinterpret_cast<const unsigned char*>(memory_.get());
    const size_t begin = offset_ * sizeof(float);
    const size_t end = begin + size_ * sizeof(float);
    for (size_t i = 0; i < total_ * sizeof(float); ++i) {
      if ((i < begin || i >= end) && bytes[i] != kGuardByte) return false;
    }
    return true;
  }

 private:
  struct Deleter {
    void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  static constexpr int kGuard = 64;
  static constexpr unsigned char kGuardByte = 0xa5;

  int64_t size_;
  int64_t offset_;
  size_t total_ = 0;
  std::unique_ptr<float[], Deleter> memory_;
};

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_GUARDED_BUFFER_H_
