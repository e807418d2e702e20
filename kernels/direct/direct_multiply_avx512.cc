#include "kernels/direct/direct_multiply_inl.h"
#include "kernels/isa/vec_avx512.h"

namespace winnow::kernels::avx512 {

constexpr DirectKernel kDirectKernel = lanes::MakeDirectKernel<Vec>();

}  // namespace winnow::kernels::avx512
