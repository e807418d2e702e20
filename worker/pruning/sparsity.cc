#include "worker/pruning/sparsity.h"

#include <algorithm>

namespace winnow::worker {
namespace {

double Share(const LayerZeros& zeros) {
  return zeros.count == 0 ? 0.0 : static_cast<double>(zeros.zeros) / static_cast<double>(zeros.count);
}

double Ratio(double part, double whole) { return whole == 0.0 ? 0.0 : part / whole; }

}  // namespace

int64_t CountZeros(std::span<const float> values) { return std::count(values.begin(), values.end(), 0.0f); }

int64_t LayerMultiplications(const spec::Layer& layer, const LayerZeros& zeros, int tile_size) {
  if (!zeros.winograd) return layer.multiplications();
  return (zeros.count - zeros.zeros) * layer.tiles(tile_size);
}

SparsityFigures MeasureSparsity(const spec::Network& network, std::span<const LayerZeros> layers, int tile_size) {
  double prunable_work = 0.0, prunable_zero = 0.0;
  double network_work = 0.0, network_zero = 0.0;
  double left = 0.0, direct = 0.0;
  for (size_t i = 0; i < layers.size(); ++i) {
    const spec::Layer& layer = network.layers[i];
    const auto work =
        static_cast<double>(layers[i].winograd ? layer.winograd_multiplications(tile_size) : layer.multiplications());
    const double zero = work * Share(layers[i]);
    network_work += work;
    network_zero += zero;
    if (layers[i].winograd) {
      prunable_work += work;
      prunable_zero += zero;
    }
    left += static_cast<double>(LayerMultiplications(layer, layers[i], tile_size));
    direct += static_cast<double>(layer.multiplications());
  }
  return {.prunable = Ratio(prunable_zero, prunable_work),
          .network = Ratio(network_zero, network_work),
          .multiplications_left = Ratio(left, direct)};
}

}  // namespace winnow::worker
