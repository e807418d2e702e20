#include "worker/refit/layer_moments.h"

#include <memory>
#include <utility>

#include "worker/nn/image_layout.h"
#include "worker/nn/reference_winograd_conv.h"
#include "worker/pruning/kernel_hessian.h"
#include "worker/refit/observed_conv.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr double kOwnNoise = 0.01, kLayerNoise = 0.001;

Tensor MatrixOf(const std::vector<double>& values, int64_t rows, const torch::TensorOptions& options) {
  const auto columns = static_cast<int64_t>(values.size()) / rows;
  return torch::tensor(values, torch::kFloat64).reshape({rows, columns}).to(options);
}

// Sums over what has been seen.
struct Sums {
  Tensor blocks, mean, second, fisher;
  int64_t tiles = 0;
  int64_t pixels = 0;

  static void Add(Tensor& sum, const Tensor& part) { sum = sum.defined() ? sum.add_(part) : part; }

  void AddInput(const Tensor& input, const spec::Layer& layer, const MomentsWanted& wanted) {
    torch::NoGradGuard no_grad;
    Tensor transformed = TransformedTiles(NchwFrom(input.detach()), layer.padding, wanted.tile_size);
    if (layer.winograd_relu) transformed = transformed.relu();  // what the products see
    const Tensor v = transformed.permute({1, 0, 2}).contiguous();
    Add(blocks, torch::bmm(v, v.transpose(1, 2)));
    const Tensor flat = v.view({v.size(0) * v.size(1), v.size(2)});
    Add(mean, flat.sum(1));
    if (wanted.whole) {
      if (!second.defined()) second = torch::zeros({flat.size(0), flat.size(0)}, flat.options());
      second.addmm_(flat, flat.t());
    }
    tiles += v.size(2);
  }

  LayerMoments Means() {
    const auto count = static_cast<double>(tiles);
    LayerMoments means{.blocks = blocks.div_(count), .mean = mean.div_(count), .second = {}, .fisher = {}};
    if (second.defined()) means.second = second.div_(count);
    if (fisher.defined()) means.fisher = fisher.div_(static_cast<double>(pixels));
    return means;
  }

  void AddGradient(const Tensor& gradient) {
    torch::NoGradGuard no_grad;
    Add(fisher, gradient.square().sum({0, 2, 3}));
    pixels += gradient.size(0) * gradient.size(2) * gradient.size(3);
  }
};

}  // namespace

std::vector<LayerMoments> MeasureMoments(Net& net, const std::vector<ConvUnit*>& units, const ImageSample& sample,
                                         const MomentsWanted& wanted) {
  net.eval();
  // Before the layers are hidden behind their observers, which register no parameters.
  for (torch::Tensor& parameter : net.parameters()) parameter.set_requires_grad(false);
  std::vector<Sums> sums(units.size());
  std::vector<std::unique_ptr<Observation>> observations;
  for (size_t i = 0; i < units.size(); ++i) {
    Sums& own = sums[i];
    const spec::Layer& layer = units[i]->layer();
    ObservedConv::Listener on_gradient;
    if (wanted.fisher) on_gradient = [&own](const Tensor& gradient) { own.AddGradient(gradient); };
    observations.push_back(std::make_unique<Observation>(
        *units[i], [&own, &layer, &wanted](const Tensor& input) { own.AddInput(input, layer, wanted); },
        std::move(on_gradient)));
  }
  sample.ForEachBatch(wanted.images, [&](const Tensor& images, const Tensor& labels) {
    torch::AutoGradMode gradients(wanted.fisher);
    const Tensor logits = net.forward(images);
    if (wanted.fisher) {
      // The sum, so that each image's output has the gradient of that image's own loss.
      torch::nn::functional::cross_entropy(logits, labels,
                                           torch::nn::functional::CrossEntropyFuncOptions().reduction(torch::kSum))
          .backward();
    }
    return true;
  });
  observations.clear();
  for (torch::Tensor& parameter : net.parameters()) parameter.set_requires_grad(true);
  std::vector<LayerMoments> moments;
  for (Sums& own : sums) moments.push_back(own.Means());
  return moments;
}

Tensor LayerHessian(LayerMoments& moments, int tile_size, bool centred) {
  const int64_t positions = (tile_size + 2) * (tile_size + 2), channels = moments.mean.size(0) / positions;
  const torch::TensorOptions options = moments.mean.options();
  const Tensor gram = MatrixOf(OutputGram(tile_size), positions, options);
  Tensor hessian = std::exchange(moments.second, Tensor());
  hessian.view({channels, positions, channels, positions}).mul_(gram.view({1, positions, 1, positions}));
  if (!centred) return hessian;
  const Tensor sums = MatrixOf(OutputSums(tile_size), 1, options).expand({channels, positions}).reshape({-1});
  const Tensor mean = sums * moments.mean;
  return hessian.addr_(mean, mean, 1.0, -1.0 / (tile_size * tile_size));
}

Tensor KernelHessians(const LayerMoments& moments, int tile_size, bool centred) {
  const int64_t positions = (tile_size + 2) * (tile_size + 2), channels = moments.blocks.size(0);
  const auto options = torch::TensorOptions(torch::kFloat64);
  Tensor hessians = moments.blocks.cpu().to(torch::kFloat64) * MatrixOf(OutputGram(tile_size), positions, options);
  if (centred) {
    const Tensor mean = moments.mean.cpu().to(torch::kFloat64).view({channels, positions}) *
                        MatrixOf(OutputSums(tile_size), 1, options);
    hessians -= mean.unsqueeze(2) * mean.unsqueeze(1) / static_cast<double>(tile_size * tile_size);
  }
  const Tensor white = MatrixOf(WhiteHessian(tile_size), positions, options);
  const Tensor energy = hessians.diagonal(0, 1, 2).sum(1) / white.diagonal().sum();
  const Tensor noise = energy.clamp_min(0) * kOwnNoise + energy.mean() * kLayerNoise;
  return (hessians + noise.clamp_min(1e-30).view({channels, 1, 1}) * white).contiguous();
}

Tensor WhiteKernelHessians(int64_t in_channels, int tile_size) {
  const int64_t positions = (tile_size + 2) * (tile_size + 2);
  return MatrixOf(WhiteHessian(tile_size), positions, torch::TensorOptions(torch::kFloat64))
      .expand({in_channels, positions, positions})
      .contiguous();
}

}  // namespace winnow::worker
