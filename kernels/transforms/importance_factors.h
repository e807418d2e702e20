// How much the output feels each Winograd-domain coefficient.
#ifndef KERNELS_TRANSFORMS_IMPORTANCE_FACTORS_H_
#define KERNELS_TRANSFORMS_IMPORTANCE_FACTORS_H_

#include <vector>

#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// F_ij = f_i f_j,  f_i = |column i of A^T|_2 * |row i of B^T|_2
//
// The root mean square change of the output tile when Q_ij = 1 is removed, for independent inputs of variance 1 (the
// importance factor matrix of Yu et al. 2019, there by expanding the sums; the closed form is ours).
//
// Layout  [alpha][alpha]. Raw, not normalised: F(2,3) runs from 2 to 4, F(4,3) from 42 to 850.
std::vector<double> ImportanceFactors(WinogradVariant variant);

// The same divided by the smallest, so that the corners are 1.
std::vector<double> NormalizedImportanceFactors(WinogradVariant variant);

}  // namespace winnow::kernels

#endif  // KERNELS_TRANSFORMS_IMPORTANCE_FACTORS_H_
