#include "worker/bench/conv_problem.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "kernels/reference/winograd_conv.h"
#include "kernels/transforms/filter_transform.h"
#include "worker/pruning/spatial_groups.h"

namespace winnow::worker {
namespace {

constexpr double kReferenceMultiplications = 1e8;

std::vector<float> RandomNormal(int64_t count, double deviation, uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::normal_distribution<float> normal(0.0F, static_cast<float>(deviation));
  std::vector<float> values(static_cast<size_t>(count));
  for (float& value : values) value = normal(generator);
  return values;
}

// First and last image, and others evenly between them.
std::set<int64_t> ImagesToCheck(const ConvProblem& problem) {
  const int64_t batch = problem.shape.batch;
  const double of_one = static_cast<double>(problem.shape.DirectMultiplications()) / static_cast<double>(batch);
  const auto count = std::clamp<int64_t>(static_cast<int64_t>(kReferenceMultiplications / of_one), 2, batch + 2);
  std::set<int64_t> images = {0, batch - 1};
  for (int64_t i = 0; i < count; ++i) images.insert(i * (batch - 1) / (count - 1));
  return images;
}

// Output channels that share their zeros.
size_t GroupOf(MaskKind mask) {
  switch (mask) {
    case MaskKind::kRandom:
    case MaskKind::kStructured:
      return 1;
    case MaskKind::kGrouped2:
      return 2;
    case MaskKind::kGrouped4:
      return 4;
    case MaskKind::kGrouped8:
      return 8;
  }
  return 1;
}

// The first groups of a shuffle, so that the count is exact, or the nearest that whole groups make. A group is `group`
// values, of as many output channels of `row` values each.
void ZeroAtRandom(double sparsity, size_t group, size_t row, uint64_t seed, std::vector<float>& values) {
  std::vector<uint32_t> places((values.size() / row + group - 1) / group * row);
  std::iota(places.begin(), places.end(), 0U);
  std::mt19937_64 generator(seed);
  std::shuffle(places.begin(), places.end(), generator);
  const int64_t wanted = std::llround(sparsity * static_cast<double>(values.size()));
  int64_t zeros = 0;
  for (const uint32_t place : places) {
    const size_t first = place / row * group * row + place % row;
    const size_t end = std::min(first + group * row, values.size());
    const auto members = static_cast<int64_t>((end - first + row - 1) / row);
    if (2 * (wanted - zeros) <= members) break;
    for (size_t i = first; i < end; i += row) values[i] = 0;
    zeros += members;
  }
}

std::vector<float> SpatiallyPruned(std::vector<float> weights, double sparsity, int tile_size) {
  if (sparsity <= 0) return weights;
  const std::vector<uint8_t> kept = SpatialMask(weights, ChooseThreshold(weights, sparsity, tile_size).threshold);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = kept[i] != 0 ? weights[i] : 0.0F;
  return weights;
}

}  // namespace

std::string_view MaskKindName(MaskKind kind) {
  switch (kind) {
    case MaskKind::kRandom:
      return "random";
    case MaskKind::kStructured:
      return "structured";
    case MaskKind::kGrouped2:
      return "grouped2";
    case MaskKind::kGrouped4:
      return "grouped4";
    case MaskKind::kGrouped8:
      return "grouped8";
  }
  return "";
}

double ConvProblem::Sparsity() const {
  const auto zeros = std::count(q.begin(), q.end(), 0.0F);
  return static_cast<double>(zeros) / static_cast<double>(q.size());
}

std::vector<float> RandomActivations(int64_t count, uint64_t seed) {
  std::vector<float> values = RandomNormal(count, 1.0, seed);
  for (float& value : values) value = std::max(value, 0.0F);
  return values;
}

std::vector<float> RandomFilters(const kernels::ConvShape& shape, uint64_t seed) {
  return RandomNormal(shape.FilterSize(), std::sqrt(2.0 / (9.0 * static_cast<double>(shape.in_channels))), seed);
}

ConvProblem RandomProblem(const kernels::ConvShape& shape, kernels::WinogradVariant variant, double sparsity,
                          uint64_t seed, MaskKind mask) {
  ConvProblem problem;
  problem.shape = shape;
  problem.variant = variant;
  problem.input = RandomActivations(shape.InputSize(), seed);
  problem.spatial = RandomFilters(shape, seed + 1);
  problem.bias = RandomNormal(shape.out_channels, 0.1, seed + 2);
  const int64_t filters = shape.in_channels * shape.out_channels;
  problem.q.resize(static_cast<size_t>(filters * kernels::Positions(variant)));
  if (mask == MaskKind::kStructured) {
    const std::vector<float> pruned = SpatiallyPruned(problem.spatial, sparsity, kernels::TileOutputs(variant));
    kernels::FilterTransform(variant, filters, pruned, problem.q);
  } else {
    kernels::FilterTransform(variant, filters, problem.spatial, problem.q);
    ZeroAtRandom(sparsity, GroupOf(mask), problem.q.size() / static_cast<size_t>(shape.out_channels), seed + 3,
                 problem.q);
  }
  return problem;
}

double MaxRelativeError(const ConvProblem& problem, const std::vector<float>& output) {
  kernels::ConvShape one = problem.shape;
  one.batch = 1;
  double worst = 0, largest = 0;
  for (const int64_t image : ImagesToCheck(problem)) {
    const std::span<const float> input =
        std::span(problem.input)
            .subspan(static_cast<size_t>(image * one.InputSize()), static_cast<size_t>(one.InputSize()));
    const std::vector<double> reference =
        kernels::ReferenceWinogradConv(one, problem.variant, input, problem.q, problem.bias);
    const float* found = output.data() + image * one.OutputSize();
    for (size_t i = 0; i < reference.size(); ++i) {
      const double error = std::abs(static_cast<double>(found[i]) - reference[i]);
      // Written so that a NaN counts as the worst.
      if (!(error <= worst)) worst = error;
      largest = std::max(largest, std::abs(reference[i]));
    }
  }
  return largest > 0 ? worst / largest : worst;
}

}  // namespace winnow::worker
