// Pruned coefficients that come back in place of others (RigL: Evci et al., arXiv 1911.11134).
//
// Threads    pure functions.
#ifndef WORKER_PRUNING_REGROWTH_H_
#define WORKER_PRUNING_REGROWTH_H_

#include <cstdint>
#include <span>
#include <vector>

namespace winnow::worker {

// What a layer's coefficients were worth. Coefficients of F(m x m, 3 x 3) differ in scale by their importance factors:
// in the coordinates F q, in which a change of 1 is the same change of the output, both are plain magnitudes, of F q
// and of the gradient by F q.
struct SwapScores {
  std::vector<float> importance;  // F |q|
  std::vector<float> growth;      // |dL/dq| / F
};

// `q` and `gradient` in the layout [out_channels][in_channels][(m+2)^2]. Without importance factors F is 1.
SwapScores ScoresForSwap(std::span<const float> q, std::span<const float> gradient, int tile_size,
                         bool importance_factors);

// The mask `kept` (1 = kept) after round(fraction * survivors) survivors of least importance have gone and as many of
// the coefficients that are then pruned, those that just went among them, have come for the largest growth. Of equals
// the one of lower index goes, and comes. As many are pruned as before. `fraction` in [0, 1].
std::vector<uint8_t> SwapLeastForSteepest(const SwapScores& scores, std::span<const uint8_t> kept, double fraction);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_REGROWTH_H_
