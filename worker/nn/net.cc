#include "worker/nn/net.h"

#include <algorithm>

#include "kernels/layout/blocked_layout.h"
#include "worker/nn/filter_transform.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/initial_weights.h"
#include "worker/nn/max_pool.h"
#include "worker/nn/module_path.h"
#include "worker/nn/norm_relu.h"
#include "worker/nn/torch_status.h"
#include "worker/nn/winograd_conv2d.h"
#include "worker/nn/winograd_relu_conv2d.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {

using spec::LayerOp;
using spec::Node;
using torch::Tensor;

namespace {

// `op` in NCHW, whatever the layout of `input`, which is that of the result.
template <typename Op>
Tensor InNchw(const Tensor& input, const Op& op) {
  const Tensor output = op(NchwFrom(input));
  return IsBlocked(input) ? BlockedFrom(output) : output;
}

Tensor PadChannels(const Tensor& input, int64_t before, int64_t behind) {
  std::vector<int64_t> padding = {0, 0, 0, 0, before, behind};  // of the last dimension first
  if (IsBlocked(input)) padding.insert(padding.begin(), {0, 0});
  return torch::constant_pad_nd(input, padding);
}

Tensor Sum(const Tensor& a, const Tensor& b) {
  return IsBlocked(a) == IsBlocked(b) ? a + b : NchwFrom(a) + NchwFrom(b);
}

Tensor Flattened(const Tensor& input) { return input.dim() > 2 ? NchwFrom(input).flatten(1) : input; }

}  // namespace

Net::Net(spec::Network network)
    : network_(std::move(network)),
      steps_(PlanGraph(network_)),
      conv_of_(network_.nodes.size()),
      norm_of_(network_.nodes.size(), nullptr),
      linear_of_(network_.nodes.size(), nullptr),
      dropout_of_(network_.nodes.size(), nullptr) {
  for (const GraphStep& step : steps_) AddModules(step.node);
}

void Net::AddModules(int index) {
  const Node& node = network_.nodes[static_cast<size_t>(index)];
  const auto place = static_cast<size_t>(index);
  switch (node.op) {
    case LayerOp::kConv:
      convs_.push_back(std::make_unique<ConvUnit>(*this, network_.layers[static_cast<size_t>(node.layer)]));
      conv_of_[place] = convs_.back().get();
      break;
    case LayerOp::kLinear: {
      const spec::Layer& layer = network_.layers[static_cast<size_t>(node.layer)];
      linear_of_[place] =
          OwnerOf(*this, node.name)
              .register_module(
                  LastPart(node.name),
                  torch::nn::Linear(
                      torch::nn::LinearOptions(layer.in_channels, layer.out_channels).bias(layer.has_bias)));
      break;
    }
    case LayerOp::kBatchNorm:
      norm_of_[place] = OwnerOf(*this, node.name)
                            .register_module(LastPart(node.name),
                                             torch::nn::BatchNorm2d(torch::nn::BatchNorm2dOptions(node.channels)));
      break;
    case LayerOp::kDropout: {
      const auto number = static_cast<uint32_t>(dropouts_.size());
      // It has no weights, so its name is nobody's business.
      dropout_of_[place] =
          register_module("dropout_" + std::to_string(number), SeededDropout(node.probability, number));
      dropouts_.push_back(dropout_of_[place]);
      break;
    }
    default:
      break;
  }
}

Tensor Net::forward(const Tensor& images) {
  const Tensor input = ForTraining(images);
  std::vector<Tensor> values(network_.nodes.size());
  for (const GraphStep& step : steps_) {
    values[static_cast<size_t>(step.result)] = Compute(step, input, values);
    for (const int node : step.unused_afterwards) values[static_cast<size_t>(node)] = Tensor();
  }
  return Flattened(values.back());
}

Tensor Net::Compute(const GraphStep& step, const Tensor& images, const std::vector<Tensor>& values) {
  const auto value = [&](int node) -> const Tensor& {
    return node == Node::kImage ? images : values[static_cast<size_t>(node)];
  };
  const auto place = static_cast<size_t>(step.node);
  const Node& node = network_.nodes[place];
  const Tensor& x = value(step.inputs.front());
  switch (node.op) {
    case LayerOp::kConv:
      return conv_of_[place]->Forward(x, step.relu,
                                      step.residual == GraphStep::kNone ? Tensor() : value(step.residual));
    case LayerOp::kBatchNorm:
      return NormRelu(x, norm_of_[place], step.relu);
    case LayerOp::kRelu:
      return x.relu();
    case LayerOp::kAdd: {
      Tensor sum = Sum(x, value(step.inputs[1]));
      for (size_t i = 2; i < step.inputs.size(); ++i) sum = Sum(sum, value(step.inputs[i]));
      return step.relu ? sum.relu_() : sum;
    }
    case LayerOp::kMaxPool:
    case LayerOp::kAvgPool:
      return Pool(node, x);
    case LayerOp::kGlobalAvgPool:
      return NchwFrom(x).mean({2, 3}, /*keepdim=*/true);
    case LayerOp::kFlatten:
      return Flattened(x);
    case LayerOp::kLinear: {
      Tensor output = linear_of_[place]->forward(Flattened(x));
      return step.relu ? output.relu_() : output;
    }
    case LayerOp::kDropout:
      return dropout_of_[place]->forward(x);
    case LayerOp::kPadChannels:
      return PadChannels(x, node.before, node.behind);
  }
  return {};
}

std::vector<ConvUnit*> Net::Convs() const {
  std::vector<ConvUnit*> convs;
  for (const auto& unit : convs_) convs.push_back(unit.get());
  return convs;
}

std::vector<ConvUnit*> Net::Prunable(std::span<const std::string> exclude) const {
  std::vector<ConvUnit*> convs;
  for (const auto& unit : convs_) {
    const bool excluded = std::find(exclude.begin(), exclude.end(), unit->name()) != exclude.end();
    if (unit->prunable() && !excluded) convs.push_back(unit.get());
  }
  return convs;
}

ConvUnit* Net::FindConv(std::string_view name) const {
  for (const auto& unit : convs_) {
    if (unit->name() == name) return unit.get();
  }
  return nullptr;
}

void Net::SetDropoutStep(uint64_t seed, uint64_t step) {
  for (SeededDropout& dropout : dropouts_) dropout->SetStep(seed, step);
}

void Net::SetDropoutProbabilities(std::span<const double> probabilities) {
  TORCH_CHECK(probabilities.size() == dropouts_.size(), "the net has ", dropouts_.size(), " dropouts, not ",
              probabilities.size());
  for (size_t i = 0; i < dropouts_.size(); ++i) dropouts_[i]->SetProbability(probabilities[i]);
}

torch::Device Net::device() const { return convs_.front()->conv().kernel().device(); }

void Net::SetArithmetic(spec::Arithmetic arithmetic) {
  arithmetic_ = arithmetic;
  for (const auto& unit : convs_) unit->SetArithmetic(arithmetic);
}

Tensor Net::Pool(const Node& node, const Tensor& input) const {
  const bool max = node.op == LayerOp::kMaxPool;
  if (max && node.kernel == 1) {  // every stride-th pixel, in either layout
    return input.slice(2, 0, input.size(2), node.stride).slice(3, 0, input.size(3), node.stride);
  }
  if (max && node.kernel == 2 && node.stride == 2 && node.padding == 0 && arithmetic_ == spec::Arithmetic::kWinnow) {
    return MaxPool2x2(input);
  }
  return InNchw(input, [&](const Tensor& images) {
    return max ? torch::max_pool2d(images, node.kernel, node.stride, node.padding)
               : torch::avg_pool2d(images, node.kernel, node.stride, node.padding);
  });
}

Tensor Net::ForTraining(const Tensor& images) const {
  const bool blocked = is_training() && arithmetic_ == spec::Arithmetic::kWinnow && images.is_cpu() &&
                       images.scalar_type() == torch::kFloat32 && images.dim() == 4 && images.size(0) > 0 &&
                       images.size(0) % kernels::kImageBlock == 0;
  return blocked ? BlockedFrom(images) : images;
}

void Net::SetBatchNormMomentum(double momentum) {
  for (const auto& unit : convs_) {
    if (unit->has_batch_norm()) unit->batch_norm()->options.momentum(momentum);
  }
  for (torch::nn::BatchNorm2d& norm : norm_of_) {
    if (!norm.is_empty()) norm->options.momentum(momentum);
  }
}

Result<std::shared_ptr<Net>> MakeNet(const spec::Network& network, uint64_t seed) {
  if (network.nodes.empty()) return Err(InvalidArgument("the network " + network.name + " has no operations"));
  return CatchTorch("cannot make the net " + network.name, [&]() -> Result<std::shared_ptr<Net>> {
    auto net = std::make_shared<Net>(network);
    SetInitialWeights(*net, seed);
    return net;
  });
}

namespace {

std::shared_ptr<ConvLayer> MakeWinogradLayer(const spec::Layer& layer, const ConvGeometry& geometry, int tile_size) {
  if (layer.winograd_relu) return std::make_shared<WinogradReluConv2d>(geometry);
  return std::make_shared<WinogradConv2d>(geometry, tile_size);
}

}  // namespace

Status ConvertToWinograd(ConvUnit& unit, int tile_size) {
  ConvLayer& conv = unit.conv();
  if (conv.tile_size() == tile_size) return OkStatus();
  if (!unit.prunable() || !IsTileSize(tile_size)) {
    return InvalidArgument("layer " + unit.name() + " cannot be converted to the Winograd domain of " +
                           std::to_string(tile_size) + "x" + std::to_string(tile_size) +
                           " tiles: only 3x3 convolutions of stride 1 can, with tiles of 2x2 or 4x4");
  }
  if (conv.tile_size() != 0) {
    return InvalidArgument("layer " + unit.name() + " is already in the Winograd domain of tiles of size " +
                           std::to_string(conv.tile_size()) + "; start from a spatial checkpoint");
  }
  if (unit.layer().winograd_relu && tile_size != WinogradReluConv2d::kTileSize) {
    return InvalidArgument("layer " + unit.name() +
                           " has its ReLU in the Winograd domain, which there is for tiles of 2x2 only, not for " +
                           std::to_string(tile_size) + "x" + std::to_string(tile_size));
  }
  return CatchTorch("cannot convert layer " + unit.name(), [&]() -> Status {
    torch::NoGradGuard no_grad;
    const std::shared_ptr<ConvLayer> converted = MakeWinogradLayer(unit.layer(), conv.geometry(), tile_size);
    converted->to(conv.kernel().device());
    converted->kernel().copy_(ToWinogradDomain(conv.kernel(), tile_size));
    if (conv.bias().defined()) converted->bias().copy_(conv.bias());
    converted->train(conv.is_training());
    unit.Replace(converted);
    return OkStatus();
  });
}

void FoldBatchNorm(Net& net) {
  for (ConvUnit* unit : net.Convs()) unit->FoldBatchNorm();
}

}  // namespace winnow::worker
