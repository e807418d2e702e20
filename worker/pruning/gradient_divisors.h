// What the gradient of each Winograd-domain coefficient is divided by in retraining.
//
// F^exponent with F the importance factors (kernels/transforms/importance_factors.h) divided by the smallest
// (science/spatial_winograd_pruning.md section 3.3; the paper's exponent is 1.5). For F(4,3) from 1 to 91, for F(2,3)
// from 1 to 2.83.
#ifndef WORKER_PRUNING_GRADIENT_DIVISORS_H_
#define WORKER_PRUNING_GRADIENT_DIVISORS_H_

#include <vector>

namespace winnow::worker {

// (m+2)^2 values >= 1, row-major. `tile_size` 2 or 4, `exponent` >= 0.
std::vector<float> GradientDivisors(int tile_size, double exponent);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_GRADIENT_DIVISORS_H_
