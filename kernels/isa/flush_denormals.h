// Denormals as zero, for a scope.
#ifndef KERNELS_ISA_FLUSH_DENORMALS_H_
#define KERNELS_ISA_FLUSH_DENORMALS_H_

#include <cstdint>

namespace winnow::kernels {

// Sets FTZ and DAZ on this thread and restores what was set before. For Intel, where arithmetic on denormals is slow
// and trained weights decay into them. The setting is a thread's own, so every thread of a pool needs it: Run() has one
// in each range it hands out. Does nothing where there is no MXCSR.
class FlushDenormals {
 public:
  FlushDenormals();
  ~FlushDenormals();

  FlushDenormals(const FlushDenormals&) = delete;
  FlushDenormals& operator=(const FlushDenormals&) = delete;

 private:
  const uint32_t saved_;
};

}  // namespace winnow::kernels

#endif  // KERNELS_ISA_FLUSH_DENORMALS_H_
