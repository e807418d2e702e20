#include "worker/refit/image_sample.h"

#include <algorithm>
#include <vector>

#include "worker/data/batch_loader.h"
#include "worker/data/batch_order.h"

namespace winnow::worker {
namespace {

constexpr int64_t kBatchSize = 128;
constexpr uint32_t kEpoch = 0;  // training counts from 1

}  // namespace

bool ImageSample::ForEachBatch(int64_t count,
                               const std::function<bool(const torch::Tensor&, const torch::Tensor&)>& each) const {
  std::vector<uint32_t> order = EpochOrder(seed, kEpoch, images->count);
  order.resize(static_cast<size_t>(std::min(count, images->count)));
  BatchLoaderOptions options;
  options.batch_size = kBatchSize;
  options.augment = true;
  options.augmentation = augmentation;
  options.seed = seed;
  options.epoch = kEpoch;
  BatchLoader loader(*assembler, images->labels, std::move(order), options);
  while (std::optional<Batch> batch = loader.Next()) {
    if (!each(batch->images.to(device), batch->labels.to(device))) return false;
  }
  return true;
}

}  // namespace winnow::worker
