#include "kernels/isa/vec_scalar.h"
#include "kernels/sparse/sparse_multiply_inl.h"

namespace winnow::kernels::scalar {

constexpr SparseMultiplyFn kSparseMultiply[kMaxBlockVectors] = {
    &lanes::SparseMultiply<Vec, 1>, &lanes::SparseMultiply<Vec, 2>, &lanes::SparseMultiply<Vec, 3>,
    &lanes::SparseMultiply<Vec, 4>, &lanes::SparseMultiply<Vec, 5>, &lanes::SparseMultiply<Vec, 6>,
    &lanes::SparseMultiply<Vec, 7>, &lanes::SparseMultiply<Vec, 8>};

}  // namespace winnow::kernels::scalar
