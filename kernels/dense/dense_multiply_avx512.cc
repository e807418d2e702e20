#include "kernels/dense/dense_multiply_inl.h"
#include "kernels/isa/vec_avx512.h"

namespace winnow::kernels::avx512 {

constexpr DenseKernel kDenseKernels[kMaxDenseVectors] = {
    lanes::MakeDenseKernel<Vec, 1>(), lanes::MakeDenseKernel<Vec, 2>(), lanes::MakeDenseKernel<Vec, 3>(),
    lanes::MakeDenseKernel<Vec, 4>()};

}  // namespace winnow::kernels::avx512
