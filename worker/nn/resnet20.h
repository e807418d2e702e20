// ResNet-20 for CIFAR-sized images, with shortcuts of option A: no weights, every second pixel and zero channels.
#ifndef WORKER_NN_RESNET20_H_
#define WORKER_NN_RESNET20_H_

#include <torch/torch.h>

#include <vector>

#include "worker/nn/net.h"

namespace winnow::worker {

class Resnet20 : public Net {
 public:
  explicit Resnet20(const spec::Network& network);

  torch::Tensor forward(torch::Tensor images) override;

 private:
  struct Block {
    ConvUnit* first;
    ConvUnit* second;
  };

  static torch::Tensor Shortcut(const torch::Tensor& input, const spec::Layer& first);

  ConvUnit* stem_ = nullptr;
  std::vector<Block> blocks_;
  torch::nn::Linear linear_{nullptr};
};

}  // namespace winnow::worker

#endif  // WORKER_NN_RESNET20_H_
