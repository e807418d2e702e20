// Steps of training as contenders: LibTorch's convolutions in both memory formats against Winograd layers of ours.
#ifndef WORKER_BENCH_STEP_BENCHMARK_H_
#define WORKER_BENCH_STEP_BENCHMARK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "kernels/transforms/winograd_variant.h"
#include "spec/network.h"
#include "worker/bench/contender.h"
#include "worker/bench/spread.h"
#include "worker/nn/step_profile.h"

namespace winnow::worker {

// What the convolutions of a net are trained as.
enum class StepLayers {
  kConv2dNchw,    // LibTorch's conv2d, batch norm and pool, by its autograd
  kConv2dNhwc,    // the same in its channels-last format
  kSpatial,       // spatial weights by our layers
  kWinograd,      // Winograd-domain weights by our layers
  kWinogradKept,  // the same with transformed inputs kept for the way back
};
// "conv2d-nchw", "conv2d-nhwc", "spatial", "winograd", "winograd-kept".
std::string_view StepLayersName(StepLayers layers);
constexpr bool IsWinograd(StepLayers layers) {
  return layers == StepLayers::kWinograd || layers == StepLayers::kWinogradKept;
}

struct StepConfiguration {
  StepLayers layers = StepLayers::kConv2dNchw;
  std::optional<kernels::WinogradVariant> variant = {};  // of Winograd layers
  double sparsity = 0;  // of the weights of prunable layers, at random places; of Winograd layers only

  std::string ToString() const;  // "winograd F(4x4,3x3), 70 % zeros"
};

// One net with its optimizer and one batch of random images, which it takes a step on at every Run().
class StepContender : public Contender {
 public:
  virtual double loss() const = 0;  // of the last step
};

// SGD with momentum, gradients of Winograd kernels divided by F^1.5, pruned weights held: what a stage does.
// kInvalidArgument  a network without prunable layers
Result<std::unique_ptr<StepContender>> MakeStepContender(const spec::Network& network,
                                                         const StepConfiguration& configuration, int64_t batch);

struct StepRow {
  StepConfiguration configuration;
  Spread ms;
  double images_per_s = 0;          // by the median
  double ratio_to_best_conv2d = 0;  // median over the rounds of the best conv2d's time / this one's of the same round;
                                    // 0 without a conv2d among the configurations
  StepProfile phases{};             // seconds a step, summed over threads
  uint64_t peak_bytes = 0;          // resident, of a process that does nothing else; 0 where unknown

  Json ToJson() const;  // docs/formats.md
};

// All configurations in turn, `rounds` times. Errors of MakeStepContender; kOutOfRange for a loss that is not finite.
Result<std::vector<StepRow>> TimeSteps(const spec::Network& network, std::span<const StepConfiguration> configurations,
                                       int64_t batch, int rounds);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_STEP_BENCHMARK_H_
