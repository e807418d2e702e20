#include "worker/nn/resnet20.h"

#include <vector>

#include "worker/nn/image_layout.h"

namespace winnow::worker {
namespace {

// The module that holds the layer of this dotted name; makes those on the way that are not there yet.
torch::nn::Module& OwnerOf(torch::nn::Module& root, const std::string& name) {
  torch::nn::Module* owner = &root;
  size_t begin = 0;
  for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    const std::string part = name.substr(begin, dot - begin);
    const auto children = owner->named_children();
    const std::shared_ptr<torch::nn::Module>* child = children.find(part);
    owner = child != nullptr ? child->get() : owner->register_module(part, std::make_shared<torch::nn::Module>()).get();
    begin = dot + 1;
  }
  return *owner;
}

}  // namespace

Resnet20::Resnet20(const spec::Network& network) : Net(network) {
  std::vector<ConvUnit*> convs;
  for (const spec::Layer& layer : network.layers) {
    if (layer.kind == spec::LayerKind::kConv) {
      convs.push_back(&AddConv(OwnerOf(*this, layer.name), layer));
    } else {
      linear_ = AddLinear(layer);
    }
  }
  stem_ = convs[0];
  for (size_t i = 1; i + 1 < convs.size(); i += 2) blocks_.push_back({convs[i], convs[i + 1]});
}

torch::Tensor Resnet20::forward(torch::Tensor images) {
  torch::Tensor x = stem_->Forward(ForTraining(images), /*relu=*/true);
  for (const Block& block : blocks_) {
    const torch::Tensor shortcut = Shortcut(x, block.first->layer());
    x = block.second->Forward(block.first->Forward(x, /*relu=*/true), /*relu=*/true, shortcut);
  }
  return linear_->forward(NchwFrom(x).mean({2, 3}));
}

torch::Tensor Resnet20::Shortcut(const torch::Tensor& input, const spec::Layer& first) {
  if (first.stride == 1 && first.in_channels == first.out_channels) return input;
  const torch::Tensor every_second =
      input.slice(2, 0, input.size(2), first.stride).slice(3, 0, input.size(3), first.stride);
  const int64_t missing = first.out_channels - first.in_channels;
  std::vector<int64_t> padding = {0, 0, 0, 0, missing / 2, missing - missing / 2};  // of the last dimension first
  if (IsBlocked(input)) padding.insert(padding.begin(), {0, 0});
  return torch::constant_pad_nd(every_second, padding);
}

}  // namespace winnow::worker
