// How many coefficients each layer gives up, and which, once every coefficient has a score.
//
// Threads    pure functions.
#ifndef WORKER_PRUNING_ALLOCATION_H_
#define WORKER_PRUNING_ALLOCATION_H_

#include <cstdint>
#include <span>
#include <vector>

#include "spec/winograd_method.h"

namespace winnow::worker {

// The coefficients of a layer. Ownership: borrows the scores.
struct ScoredLayer {
  std::span<const float> scores;  // >= 0, what giving a coefficient up costs; 0 for those that are 0 already
  int64_t out_channels = 0;
  int64_t in_channels = 0;
  int64_t tiles = 0;  // of one image: multiplications that each coefficient stands for
};

// The rate of each layer that together make `rate` of all coefficients: density proportional to
// (out + in + 3 + 3) / (out * in * 3 * 3), at most 1 (Erdos-Renyi kernel, Evci et al., arXiv 1911.11134).
std::vector<double> ErkRates(std::span<const ScoredLayer> layers, double rate);

// Keeps all but the round(rate * n) with the lowest scores, among equals those of lower index; zeros all go.
std::vector<uint8_t> KeepHighest(std::span<const float> scores, double rate);

// One threshold over all layers: gives up those with the lowest score for what giving one up saves (tiles of the layer,
// or 1 where `allocation` is kSize) until `rate` of all savings is reached; zeros all go. A mask a layer.
std::vector<std::vector<uint8_t>> KeepHighestOverall(std::span<const ScoredLayer> layers, double rate,
                                                     spec::Allocation allocation);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_ALLOCATION_H_
