#include "kernels/isa/vec_avx2.h"
#include "kernels/sparse/sparse_multiply_inl.h"

namespace winnow::kernels::avx2 {

constexpr SparseKernel kSparseKernels[kMaxBlockVectors] = {
    lanes::MakeSparseKernel<Vec, 1>(), lanes::MakeSparseKernel<Vec, 2>(), lanes::MakeSparseKernel<Vec, 3>(),
    lanes::MakeSparseKernel<Vec, 4>(), lanes::MakeSparseKernel<Vec, 5>(), lanes::MakeSparseKernel<Vec, 6>(),
    lanes::MakeSparseKernel<Vec, 7>(), lanes::MakeSparseKernel<Vec, 8>()};

}  // namespace winnow::kernels::avx2
