#include "worker/nn/sequential_net.h"

#include "worker/nn/image_layout.h"

namespace winnow::worker {

SequentialNet::SequentialNet(const spec::Network& network) : Net(network) {
  for (const spec::Layer& layer : network.layers) {
    if (layer.kind == spec::LayerKind::kConv) {
      conv_steps_.push_back(&AddConv(*this, layer));
      continue;
    }
    LinearStep step{.linear = AddLinear(layer)};
    if (layer.dropout_after > 0.0) step.dropout = AddDropout(layer.name + "_dropout", layer.dropout_after);
    linear_steps_.push_back(step);
  }
}

torch::Tensor SequentialNet::forward(torch::Tensor images) {
  torch::Tensor x = ForTraining(images);
  for (ConvUnit* unit : conv_steps_) {
    x = unit->Forward(x, /*relu=*/true);
    if (unit->layer().pool_after) x = Pool(x);
  }
  x = NchwFrom(x).flatten(1);
  for (size_t i = 0; i < linear_steps_.size(); ++i) {
    x = linear_steps_[i].linear->forward(x);
    if (i + 1 < linear_steps_.size()) x = x.relu_();
    if (!linear_steps_[i].dropout.is_empty()) x = linear_steps_[i].dropout->forward(x);
  }
  return x;
}

}  // namespace winnow::worker
