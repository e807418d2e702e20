#include "kernels/direct/direct_multiply_inl.h"
#include "kernels/isa/vec_avx2.h"

namespace winnow::kernels::avx2 {

constexpr DirectKernel kDirectKernel = lanes::MakeDirectKernel<Vec>();

}  // namespace winnow::kernels::avx2
