// A network (spec/network.h) as a LibTorch module with parameters of the same names and shapes.
//
//   Result<std::shared_ptr<Net>> net = MakeNet(network, seed);
//   for (ConvUnit* unit : (*net)->Prunable(exclude)) ConvertToWinograd(*unit, /*tile_size=*/4);
//   (*net)->SetDropoutStep(seed, step);
//   torch::Tensor logits = (*net)->forward(images);
#ifndef WORKER_NN_NET_H_
#define WORKER_NN_NET_H_

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/network.h"
#include "worker/nn/conv_unit.h"
#include "worker/nn/graph_plan.h"
#include "worker/nn/seeded_dropout.h"

namespace winnow::worker {

// Threads    one at a time.
class Net : public torch::nn::Module {
 public:
  explicit Net(spec::Network network);

  // [N, channels, H, W] to logits [N, classes].
  torch::Tensor forward(const torch::Tensor& images);

  const spec::Network& network() const { return network_; }
  // What forward() does, step by step.
  const std::vector<GraphStep>& steps() const { return steps_; }

  // Every convolution, in the order of computation.
  std::vector<ConvUnit*> Convs() const;
  // Those that pruning and conversion work on: stride-1 3x3 and not named in `exclude`.
  std::vector<ConvUnit*> Prunable(std::span<const std::string> exclude = {}) const;
  // Null where no convolution is called so.
  ConvUnit* FindConv(std::string_view name) const;

  // The dropout masks of the next forward are f(seed, step). Called before every training step.
  void SetDropoutStep(uint64_t seed, uint64_t step);

  // Of every dropout, in the order of computation, instead of the network's own.
  void SetDropoutProbabilities(std::span<const double> probabilities);

  // Where its parameters are.
  torch::Device device() const;

  // Of its training; kWinnow until told otherwise. With kLibTorch images may be in LibTorch's channels-last format, and
  // then everything up to the linear layers stays in it.
  void SetArithmetic(spec::Arithmetic arithmetic);

  // Share of the new batch in the running averages, of every batch norm.
  void SetBatchNormMomentum(double momentum);

 private:
  void AddModules(int node);
  // Of a step, whose inputs `values` holds by node.
  torch::Tensor Compute(const GraphStep& step, const torch::Tensor& images, const std::vector<torch::Tensor>& values);
  torch::Tensor Pool(const spec::Node& node, const torch::Tensor& input) const;
  // In the layout that a training step goes fastest in.
  torch::Tensor ForTraining(const torch::Tensor& images) const;

  spec::Network network_;
  std::vector<GraphStep> steps_;
  spec::Arithmetic arithmetic_ = spec::Arithmetic::kWinnow;
  std::vector<std::unique_ptr<ConvUnit>> convs_;
  std::vector<SeededDropout> dropouts_;
  // By node; null or empty where it is of another kind.
  std::vector<ConvUnit*> conv_of_;
  std::vector<torch::nn::BatchNorm2d> norm_of_;  // only those that are not their convolution's
  std::vector<torch::nn::Linear> linear_of_;
  std::vector<SeededDropout> dropout_of_;
};

// A net with random initial weights, f(seed): convolutions N(0, 2 / (in_channels * kernel^2)), linear layers uniform in
// +-1/sqrt(in), biases 0, batch norms 1 and 0.
// kInvalidArgument for a network without operations.
Result<std::shared_ptr<Net>> MakeNet(const spec::Network& network, uint64_t seed);

// Replaces a spatial convolution by the equal one in the Winograd domain (Q = G W G^T, exact zeros kept). Nothing
// happens to one that is there already. kInvalidArgument for a layer that is not prunable or another tile size. One
// marked winograd_relu gets the same weights in a WinogradReluConv2d, which computes something else.
Status ConvertToWinograd(ConvUnit& unit, int tile_size);

// FoldBatchNorm() of every convolution: a net for deployment.
void FoldBatchNorm(Net& net);

}  // namespace winnow::worker

#endif  // WORKER_NN_NET_H_
