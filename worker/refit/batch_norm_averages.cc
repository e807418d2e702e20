#include "worker/refit/batch_norm_averages.h"

#include <type_traits>
#include <utility>
#include <vector>

namespace winnow::worker {
namespace {

// An optional of LibTorch's or of the standard library's, by version.
using Momentum = std::decay_t<decltype(std::declval<torch::nn::BatchNormOptions&>().momentum())>;

}  // namespace

bool RemeasureBatchNorm(Net& net, const ImageSample& sample, int64_t images, const std::function<bool()>& go_on) {
  torch::NoGradGuard no_grad;
  const bool was_training = net.is_training();
  std::vector<Momentum> momenta;
  for (ConvUnit* unit : net.Convs()) {
    if (!unit->has_batch_norm()) continue;
    momenta.push_back(unit->batch_norm()->options.momentum());
    unit->batch_norm()->options.momentum(Momentum());  // LibTorch then takes the plain average
    unit->batch_norm()->reset_running_stats();
  }
  net.SetArithmetic(spec::Arithmetic::kLibTorch);
  net.train();
  const bool finished = sample.ForEachBatch(images, [&](const torch::Tensor& batch, const torch::Tensor&) {
    net.forward(batch);
    return go_on();
  });
  net.train(was_training);
  net.SetArithmetic(spec::Arithmetic::kWinnow);
  auto momentum = momenta.begin();
  for (ConvUnit* unit : net.Convs()) {
    if (unit->has_batch_norm()) unit->batch_norm()->options.momentum(*momentum++);
  }
  return finished;
}

}  // namespace winnow::worker
