#include "worker/pruning/allocation.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace winnow::worker {
namespace {

constexpr double kFilterWeights = 9.0, kFilterSides = 6.0;  // of 3x3

struct Entry {
  float score;
  uint32_t layer;
  uint32_t index;
  bool operator<(const Entry& other) const {
    if (score != other.score) return score < other.score;
    return layer != other.layer ? layer < other.layer : index < other.index;
  }
};

}  // namespace

std::vector<double> ErkRates(std::span<const ScoredLayer> layers, double rate) {
  std::vector<double> count, raw;
  for (const ScoredLayer& layer : layers) {
    const auto out = static_cast<double>(layer.out_channels), in = static_cast<double>(layer.in_channels);
    count.push_back(static_cast<double>(layer.scores.size()));
    raw.push_back((out + in + kFilterSides) / (out * in * kFilterWeights));
  }
  // Layers whose density would exceed 1 stay dense; the others share what is left.
  std::vector<bool> dense(layers.size(), false);
  const double wanted = (1.0 - rate) * std::accumulate(count.begin(), count.end(), 0.0);
  double scale = 0.0;
  for (bool again = true; again;) {
    again = false;
    double left = wanted, weight = 0.0;
    for (size_t i = 0; i < layers.size(); ++i) {
      if (dense[i]) {
        left -= count[i];
      } else {
        weight += raw[i] * count[i];
      }
    }
    scale = weight > 0.0 ? left / weight : 0.0;
    for (size_t i = 0; i < layers.size(); ++i) {
      if (dense[i] || scale * raw[i] <= 1.0) continue;
      dense[i] = again = true;
    }
  }
  std::vector<double> rates;
  for (size_t i = 0; i < layers.size(); ++i) rates.push_back(dense[i] ? 0.0 : 1.0 - scale * raw[i]);
  return rates;
}

std::vector<uint8_t> KeepHighest(std::span<const float> scores, double rate) {
  std::vector<uint32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0u);
  const auto before = [&](uint32_t a, uint32_t b) { return scores[a] != scores[b] ? scores[a] < scores[b] : a < b; };
  const auto wanted = std::llround(rate * static_cast<double>(scores.size()));
  std::nth_element(order.begin(), order.begin() + std::min<int64_t>(wanted, std::ssize(order)), order.end(), before);
  std::vector<uint8_t> kept(scores.size(), 1);
  for (int64_t i = 0; i < std::min<int64_t>(wanted, std::ssize(order)); ++i) kept[order[static_cast<size_t>(i)]] = 0;
  for (size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] == 0.0f) kept[i] = 0;
  }
  return kept;
}

std::vector<std::vector<uint8_t>> KeepHighestOverall(std::span<const ScoredLayer> layers, double rate,
                                                     spec::Allocation allocation) {
  std::vector<std::vector<uint8_t>> kept;
  std::vector<double> saving;  // of a coefficient, by layer
  std::vector<Entry> entries;
  double all = 0.0;
  for (size_t l = 0; l < layers.size(); ++l) {
    const ScoredLayer& layer = layers[l];
    kept.emplace_back(layer.scores.size(), uint8_t{1});
    saving.push_back(allocation == spec::Allocation::kSize ? 1.0 : static_cast<double>(layer.tiles));
    all += saving.back() * static_cast<double>(layer.scores.size());
    for (size_t i = 0; i < layer.scores.size(); ++i) {
      entries.push_back({static_cast<float>(static_cast<double>(layer.scores[i]) / saving.back()),
                         static_cast<uint32_t>(l), static_cast<uint32_t>(i)});
    }
  }
  std::sort(entries.begin(), entries.end());
  double saved = 0.0;
  for (const Entry& entry : entries) {
    // Half a coefficient or less missing: without it is as near.
    if (entry.score > 0.0f && 2.0 * (rate * all - saved) <= saving[entry.layer]) break;
    kept[entry.layer][entry.index] = 0;
    saved += saving[entry.layer];
  }
  return kept;
}

}  // namespace winnow::worker
