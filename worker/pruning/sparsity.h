// How sparse a net is: the three figures (docs/formats.md section 5).
#ifndef WORKER_PRUNING_SPARSITY_H_
#define WORKER_PRUNING_SPARSITY_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spec/network.h"

namespace winnow::worker {

// Zeros of one layer's weights, as counted by whoever holds them.
struct LayerZeros {
  std::string name;
  int64_t zeros = 0;      // among `count`
  int64_t count = 0;      // Winograd-domain coefficients where `winograd`, else weights
  bool winograd = false;  // counted in the Winograd domain: prunable and not excluded
};

struct SparsityFigures {
  double prunable = 0.0;              // zero coefficients over the layers counted in the Winograd domain
  double network = 0.0;               // zeros over every convolution and linear layer
  double multiplications_left = 1.0;  // multiplications of the pruned net over those of direct convolution
};

// Zeros in `values`.
int64_t CountZeros(std::span<const float> values);

// Multiplications of one layer for one image: surviving coefficients x tiles in the Winograd domain; elsewhere those of
// the direct computation, zeros included, since nothing skips them there.
int64_t LayerMultiplications(const spec::Layer& layer, const LayerZeros& zeros, int tile_size);

// `prunable` and `network` weigh each layer's share of zeros by the multiplications it would have without zeros, in the
// domain where it was counted. `layers`: one entry for each layer of `network`, in its order.
SparsityFigures MeasureSparsity(const spec::Network& network, std::span<const LayerZeros> layers, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_SPARSITY_H_
