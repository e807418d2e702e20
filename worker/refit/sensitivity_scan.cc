#include "worker/refit/sensitivity_scan.h"

#include <span>

#include "worker/pruning/sensitivity.h"

namespace winnow::worker {

std::optional<double> AccuracyOn(Net& net, const ImageSample& sample, int64_t images,
                                 const std::function<bool()>& go_on) {
  torch::NoGradGuard no_grad;
  net.eval();
  int64_t seen = 0, correct = 0;
  const bool finished = sample.ForEachBatch(images, [&](const torch::Tensor& batch, const torch::Tensor& labels) {
    correct += net.forward(batch).argmax(1).eq(labels).sum().item<int64_t>();
    seen += labels.size(0);
    return go_on();
  });
  if (!finished) return std::nullopt;
  return seen > 0 ? static_cast<double>(correct) / static_cast<double>(seen) : 0.0;
}

std::optional<LayerScan> ScanLayer(Net& net, ConvUnit& unit, const torch::Tensor& scores, const ScanOptions& options,
                                   const ImageSample& sample, const std::function<bool()>& go_on) {
  torch::NoGradGuard no_grad;
  const std::span<const float> values(scores.data_ptr<float>(), static_cast<size_t>(scores.numel()));
  torch::Tensor kernel = unit.conv().kernel();
  const torch::Tensor original = kernel.detach().clone();
  const auto accuracy_at = [&](double rate) {
    kernel.copy_(original * scores.ge(ScoreAtRate(values, rate)).to(original.device()));
    return AccuracyOn(net, sample, options.images, go_on);
  };
  const double start = scores.eq(0).sum().item<double>() / static_cast<double>(scores.numel());
  const std::optional<double> rate =
      RateOfFall(start, options.accuracy, options.accuracy - kSensitivityDrop, accuracy_at);
  kernel.copy_(original);
  if (!rate) return std::nullopt;
  return LayerScan{.score = ScoreAtRate(values, *rate), .rate = *rate};
}

}  // namespace winnow::worker
