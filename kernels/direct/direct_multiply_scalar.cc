#include "kernels/direct/direct_multiply_inl.h"
#include "kernels/isa/vec_scalar.h"

namespace winnow::kernels::scalar {

constexpr DirectKernel kDirectKernel = lanes::MakeDirectKernel<Vec>();

}  // namespace winnow::kernels::scalar
