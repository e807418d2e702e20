// One layer with its numbers: what every contender of a timing computes.
#ifndef WORKER_BENCH_CONV_PROBLEM_H_
#define WORKER_BENCH_CONV_PROBLEM_H_

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernels/shape/conv_shape.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::worker {

// Layout  as kernels/plan/conv_plan.h: input NCHW, q [K][C][alpha][alpha], bias [K]; spatial [K][C][3][3].
struct ConvProblem {
  kernels::ConvShape shape;
  kernels::WinogradVariant variant = kernels::WinogradVariant::kF4K3;
  std::vector<float> input;
  std::vector<float> q;  // what we run
  std::vector<float> bias;
  std::vector<float> spatial;  // what the peers run: the dense layer, whose time does not depend on its numbers

  double Sparsity() const;  // share of zeros in q
};

// max(0, N(0, 1)) numbers, f(seed): activations as they come out of a ReLU.
std::vector<float> RandomActivations(int64_t count, uint64_t seed);

// N(0, 2 / (9 in_channels)) filters, f(seed).
std::vector<float> RandomFilters(const kernels::ConvShape& shape, uint64_t seed);

// Where the zeros of a made-up filter stand.
enum class MaskKind {
  kRandom,      // anywhere: exactly round(sparsity * n) coefficients
  kStructured,  // as the rule of spatial pruning leaves them (worker/pruning/spatial_groups.h): the nearest share
  kGrouped2,    // anywhere, but the same for so many neighbouring output channels: the nearest number
  kGrouped4,
  kGrouped8,
};
inline constexpr std::array kAllMaskKinds = {MaskKind::kRandom, MaskKind::kStructured, MaskKind::kGrouped2,
                                             MaskKind::kGrouped4, MaskKind::kGrouped8};
std::string_view MaskKindName(MaskKind kind);  // "random", "structured", "grouped2", ...

// Random activations and filters; q is their transform with zeros where `mask` says. f(seed).
ConvProblem RandomProblem(const kernels::ConvShape& shape, kernels::WinogradVariant variant, double sparsity,
                          uint64_t seed, MaskKind mask = MaskKind::kRandom);

// max |output - reference| / max |reference|, where the reference is computed in double (kernels/reference) from
// problem.q. Looks at as many images of the batch as some 10^8 multiplications allow, always the first and the last.
double MaxRelativeError(const ConvProblem& problem, const std::vector<float>& output);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_CONV_PROBLEM_H_
