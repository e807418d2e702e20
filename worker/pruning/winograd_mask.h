// Stage 2: which Winograd-domain coefficients go.
#ifndef WORKER_PRUNING_WINOGRAD_MASK_H_
#define WORKER_PRUNING_WINOGRAD_MASK_H_

#include <cstdint>
#include <span>
#include <vector>

namespace winnow::worker {

struct WinogradMask {
  std::vector<uint8_t> kept;  // 1 = kept, in the layout of the coefficients
  int64_t pruned = 0;
  double reached = 0.0;  // pruned / count
};

// Prunes the round(rate * n) coefficients with the smallest F |Q| (|Q| without importance factors); among equals those
// with the lower index go. Zeros are the smallest of all and so are among them; where there are more zeros than that,
// they all go.
//
// Layout   coefficients [kernels][(m+2)^2].  `rate` in [0, 1], rounding half away from zero.
WinogradMask PruneWinograd(std::span<const float> coefficients, double rate, int tile_size, bool importance_factors);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_WINOGRAD_MASK_H_
