// Nets that are worth deploying, with random weights.
#ifndef TESTS_UNIT_WORKER_INFER_PRUNED_NET_H_
#define TESTS_UNIT_WORKER_INFER_PRUNED_NET_H_

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "spec/data_set.h"
#include "worker/nn/net.h"

namespace winnow::worker {

inline const spec::DataSet& DataSetNamed(const std::string& name) {
  for (const spec::DataSet& data_set : spec::DataSets()) {
    if (data_set.name == name) return data_set;
  }
  throw std::runtime_error("no data set " + name);
}

// A net with random weights and batch norms that do something.
inline std::shared_ptr<Net> RandomNet(const std::string& model, double width, const std::string& data_set) {
  std::shared_ptr<Net> net = MakeNet(*spec::FindNetwork(model, width, DataSetNamed(data_set)), /*seed=*/3).value();
  torch::NoGradGuard no_grad;
  torch::manual_seed(4);
  for (ConvUnit* unit : net->Convs()) {
    if (!unit->has_batch_norm()) continue;
    unit->batch_norm()->running_mean.normal_(0, 0.1);
    unit->batch_norm()->running_var.uniform_(0.5, 1.5);
    unit->batch_norm()->weight.uniform_(0.5, 1.5);
    unit->batch_norm()->bias.normal_(0, 0.1);
  }
  net->eval();
  return net;
}

// Into the Winograd domain, with every second coefficient zero, except the layers named.
inline void Prune(Net& net, int tile_size, const std::vector<std::string>& but = {}) {
  torch::NoGradGuard no_grad;
  for (ConvUnit* unit : net.Prunable(but)) {
    ASSERT_TRUE(ConvertToWinograd(*unit, tile_size).ok());
    torch::Tensor flat = unit->conv().kernel().flatten();
    flat.index_put_({torch::arange(0, flat.numel(), 2)}, 0.0);
  }
}

inline torch::Tensor Images(const Net& net, int64_t batch) {
  const spec::Layer& first = net.network().layers.front();
  torch::manual_seed(5);
  return torch::randn({batch, first.in_channels, first.input_height, first.input_width});
}

inline double RelativeDifference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_INFER_PRUNED_NET_H_
