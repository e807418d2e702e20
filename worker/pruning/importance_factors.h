// How much a Winograd-domain coefficient matters to the output.
//
// F[i][j] = f[i] f[j], f[i] = |column i of A^T| |row i of B^T|: the RMS change of an output tile when coefficient (i,
// j) changes by 1 under white inputs (science/spatial_winograd_pruning.md section 3.1), divided by its smallest value.
// For F(4,3) from 1 (corners) to 20.24, for F(2,3) from 1 to 2.
#ifndef WORKER_PRUNING_IMPORTANCE_FACTORS_H_
#define WORKER_PRUNING_IMPORTANCE_FACTORS_H_

#include <vector>

namespace winnow::worker {

// (m+2)^2 factors, row-major, the smallest 1. `tile_size` 2 or 4.
std::vector<double> ImportanceFactors(int tile_size);

// F^exponent: what the gradient of each coefficient is divided by in retraining (section 3.3; the paper's exponent is
// 1.5). (m+2)^2 values >= 1.
std::vector<float> GradientDivisors(int tile_size, double exponent);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_IMPORTANCE_FACTORS_H_
