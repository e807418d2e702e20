// Memory for tensors.
#ifndef KERNELS_LAYOUT_ALIGNED_FLOATS_H_
#define KERNELS_LAYOUT_ALIGNED_FLOATS_H_

#include <cstdint>
#include <memory>
#include <new>
#include <span>

namespace winnow::kernels {

// Zeros, aligned to a cache line: where the kernels are fastest.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(int64_t size)
      : size_(static_cast<size_t>(size)), memory_(new (std::align_val_t{64}) float[static_cast<size_t>(size)]()) {}

  float* data() { return memory_.get(); }
  std::span<float> span() { return {memory_.get(), size_}; }
  std::span<const float> span() const { return {memory_.get(), size_}; }

 private:
  struct Deleter {
    void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  size_t size_ = 0;
  std::unique_ptr<float[], Deleter> memory_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_LAYOUT_ALIGNED_FLOATS_H_
