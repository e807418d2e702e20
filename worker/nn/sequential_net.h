// Nets that are one layer behind the other: vgg-nagadomi and lenet-5-3x3.
#ifndef WORKER_NN_SEQUENTIAL_NET_H_
#define WORKER_NN_SEQUENTIAL_NET_H_

#include <torch/torch.h>

#include <vector>

#include "worker/nn/net.h"

namespace winnow::worker {

// Built from the catalogue's list: convolution, batch norm, ReLU, 2x2 pool where the entry says so; then flattened, and
// linear layers with ReLU and dropout between them.
class SequentialNet : public Net {
 public:
  explicit SequentialNet(const spec::Network& network);

  torch::Tensor forward(torch::Tensor images) override;

 private:
  struct LinearStep {
    torch::nn::Linear linear{nullptr};
    SeededDropout dropout{nullptr};  // empty where there is none
  };

  std::vector<ConvUnit*> conv_steps_;
  std::vector<LinearStep> linear_steps_;
};

}  // namespace winnow::worker

#endif  // WORKER_NN_SEQUENTIAL_NET_H_
