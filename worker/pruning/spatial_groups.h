// Stage 1: which weights of 3x3 kernels go so that whole Winograd-domain coefficients become zero.
//
// Coefficient (i, j) of Q = G W G^T depends on the weights (u, v) with G[i][u] G[j][v] != 0. It may go when the largest
// magnitude among them is below the layer's threshold t, and then they all go. For F(2,3) and F(4,3) only nine groups
// are distinct (science/spatial_winograd_pruning.md section 2):
//
//   a corner weight                        kills 1 coefficient
//   a border row or column of 3 weights    kills a - 2 more, a = m + 2, besides its two corners
//   the whole kernel                       kills the (a - 2)^2 inner ones
//
// Layout   weights [kernels][9], row-major 3x3; masks likewise, 1 = kept.
// Threads  pure functions.
#ifndef WORKER_PRUNING_SPATIAL_GROUPS_H_
#define WORKER_PRUNING_SPATIAL_GROUPS_H_

#include <cstdint>
#include <span>
#include <vector>

namespace winnow::worker {

// Keeps a weight unless a group with it has all magnitudes < `threshold` (strictly).
std::vector<uint8_t> SpatialMask(std::span<const float> weights, float threshold);

// The share of Winograd-domain coefficients that SpatialMask(weights, threshold) makes zero, for tiles of m x m.
double WinogradZeroShare(std::span<const float> weights, float threshold, int tile_size);

// Coefficients of G W G^T that are zero because all their weights are: what an unconverted layer has reached.
int64_t CountWinogradZeros(std::span<const float> weights, int tile_size);

struct ThresholdChoice {
  float threshold = 0.0f;
  double reached = 0.0;  // WinogradZeroShare at `threshold`
};

// The threshold, among all that differ (the distinct magnitudes, and one above them all), whose share of zeros is
// nearest to `target`; the lower of two equally near. Exact: the shares of all thresholds come from one sort.
// Zero weights of an earlier step always go, since the lowest threshold with an effect is above 0; so where they alone
// exceed the target, `reached` does too.
ThresholdChoice ChooseThreshold(std::span<const float> weights, double target, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_SPATIAL_GROUPS_H_
