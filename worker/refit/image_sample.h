// Training images to measure something on: a fixed choice of them, augmented in a fixed way.
#ifndef WORKER_REFIT_IMAGE_SAMPLE_H_
#define WORKER_REFIT_IMAGE_SAMPLE_H_

#include <torch/torch.h>

#include <cstdint>
#include <functional>

#include "worker/data/batch_assembler.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

// Augmented as in training, because what is measured is to hold for what training sees: batch-norm averages of images
// as they are cost a dense ResNet-20 three points (science/second_order_evidence.md).
//
// Ownership  borrows the set and the assembler.
struct ImageSample {
  const ImageSet* images = nullptr;
  const BatchAssembler* assembler = nullptr;
  Augmentation augmentation;
  uint64_t seed = 0;
  torch::Device device = torch::kCPU;

  // The first `count` (or all, where there are fewer) of a permutation that the seed decides, in batches. The same
  // images, cut and mirrored alike, at every call. Stops early, and says false, once `each` does.
  bool ForEachBatch(int64_t count,
                    const std::function<bool(const torch::Tensor& images, const torch::Tensor& labels)>& each) const;
};

}  // namespace winnow::worker

#endif  // WORKER_REFIT_IMAGE_SAMPLE_H_
