#include "worker/nn/net.h"

#include <algorithm>

#include "kernels/layout/blocked_layout.h"
#include "worker/nn/filter_transform.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/initial_weights.h"
#include "worker/nn/max_pool.h"
#include "worker/nn/resnet20.h"
#include "worker/nn/sequential_net.h"
#include "worker/nn/torch_status.h"
#include "worker/nn/winograd_conv2d.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {

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

torch::Device Net::device() const { return convs_.front()->conv().kernel().device(); }

void Net::SetArithmetic(spec::Arithmetic arithmetic) {
  arithmetic_ = arithmetic;
  for (const auto& unit : convs_) unit->SetArithmetic(arithmetic);
}

torch::Tensor Net::Pool(const torch::Tensor& input) const {
  return arithmetic_ == spec::Arithmetic::kLibTorch ? torch::max_pool2d(input, 2) : MaxPool2x2(input);
}

torch::Tensor Net::ForTraining(const torch::Tensor& images) const {
  const bool blocked = is_training() && arithmetic_ == spec::Arithmetic::kWinnow && images.is_cpu() &&
                       images.scalar_type() == torch::kFloat32 && images.dim() == 4 && images.size(0) > 0 &&
                       images.size(0) % kernels::kImageBlock == 0;
  return blocked ? BlockedFrom(images) : images;
}

void Net::SetBatchNormMomentum(double momentum) {
  for (const auto& unit : convs_) {
    if (unit->has_batch_norm()) unit->batch_norm()->options.momentum(momentum);
  }
}

ConvUnit& Net::AddConv(torch::nn::Module& owner, const spec::Layer& layer) {
  convs_.push_back(std::make_unique<ConvUnit>(owner, layer));
  return *convs_.back();
}

torch::nn::Linear Net::AddLinear(const spec::Layer& layer) {
  return register_module(
      layer.name,
      torch::nn::Linear(torch::nn::LinearOptions(layer.in_channels, layer.out_channels).bias(layer.has_bias)));
}

SeededDropout Net::AddDropout(const std::string& name, double probability) {
  const auto place = static_cast<uint32_t>(dropouts_.size());
  dropouts_.push_back(register_module(name, SeededDropout(probability, place)));
  return dropouts_.back();
}

Result<std::shared_ptr<Net>> MakeNet(const spec::Network& network, uint64_t seed) {
  return CatchTorch("cannot make the net " + network.name, [&]() -> Result<std::shared_ptr<Net>> {
    std::shared_ptr<Net> net;
    if (network.name == "resnet-20") {
      net = std::make_shared<Resnet20>(network);
    } else if (network.name == "vgg-nagadomi" || network.name == "lenet-5-3x3") {
      net = std::make_shared<SequentialNet>(network);
    } else {
      return Err(NotFound("the network " + network.name + " is in the catalogue but no module computes it"));
    }
    SetInitialWeights(*net, seed);
    return net;
  });
}

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
  return CatchTorch("cannot convert layer " + unit.name(), [&]() -> Status {
    torch::NoGradGuard no_grad;
    auto converted = std::make_shared<WinogradConv2d>(conv.geometry(), tile_size);
    converted->to(conv.kernel().device());
    converted->kernel().copy_(ToWinogradDomain(conv.kernel(), tile_size));
    if (conv.bias().defined()) converted->bias().copy_(conv.bias());
    converted->train(conv.is_training());
    unit.Replace(std::move(converted));
    return OkStatus();
  });
}

void FoldBatchNorm(Net& net) {
  for (ConvUnit* unit : net.Convs()) unit->FoldBatchNorm();
}

}  // namespace winnow::worker
