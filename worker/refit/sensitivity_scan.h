// What a net loses when one of its layers alone is pruned, not retrained.
#ifndef WORKER_REFIT_SENSITIVITY_SCAN_H_
#define WORKER_REFIT_SENSITIVITY_SCAN_H_

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <optional>

#include "worker/nn/net.h"
#include "worker/refit/image_sample.h"

namespace winnow::worker {

// The share of so many training images, augmented, that the net gets right in evaluation mode. Nothing once `go_on`,
// asked between batches, says no.
std::optional<double> AccuracyOn(Net& net, const ImageSample& sample, int64_t images,
                                 const std::function<bool()>& go_on);

struct ScanOptions {
  int64_t images = 0;     // to look at
  double accuracy = 0.0;  // of the net as it is, on these images
};

struct LayerScan {
  double score = 0.0;  // the least score that survives
  double rate = 0.0;   // share of the layer's coefficients below it, those that are 0 already included
};

// How far `unit` can be pruned by `scores` (float32, as its kernel, on the CPU; 0 for zeros) until the accuracy has
// fallen by kSensitivityDrop (worker/pruning/sensitivity.h). The net is afterwards as before, but in evaluation mode.
// Nothing once `go_on` says no.
std::optional<LayerScan> ScanLayer(Net& net, ConvUnit& unit, const torch::Tensor& scores, const ScanOptions& options,
                                   const ImageSample& sample, const std::function<bool()>& go_on);

}  // namespace winnow::worker

#endif  // WORKER_REFIT_SENSITIVITY_SCAN_H_
