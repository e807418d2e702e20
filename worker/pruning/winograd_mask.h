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

// Coefficients that go together: those of one position and input channel in `out_channels` neighbouring output
// channels, counted from 0; the last group has what is left.
struct MaskGroup {
  int out_channels = 1;
  int64_t in_channels = 1;  // of the layer; of no meaning for groups of one
};

// Prunes the groups with the smallest score, as many as bring the number of pruned coefficients nearest to
// round(rate * n), of two as near the fewer; among equals those with the lower first index go. Groups of zeros score
// lowest and all go, even where there are more.
//
// The score of a single coefficient is F |Q| (|Q| without importance factors): its square is the change of the output,
// in the mean square under white inputs, when it goes. The changes of coefficients of different output channels add, so
// that a group's score is the root of the mean of its squares: the change for each coefficient saved, also in a last
// group that is smaller. What is zero in a group that stays, pruned in the spatial domain perhaps, may be trained
// again: the kernels multiply with it anyway.
//
// Layout   coefficients [out_channels][in_channels][(m+2)^2].  `rate` in [0, 1], rounding half away from zero.
WinogradMask PruneWinograd(std::span<const float> coefficients, double rate, int tile_size, bool importance_factors,
                           const MaskGroup& group = {});

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_WINOGRAD_MASK_H_
