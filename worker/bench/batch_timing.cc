#include "worker/bench/batch_timing.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/counter_random.h"
#include "spec/sweep_spec.h"
#include "worker/data/batch_loader.h"
#include "worker/data/batch_order.h"

namespace winnow::worker {
namespace {

constexpr int64_t kBatches = 8;
constexpr uint32_t kEpochs = 3;

ImageSet RandomImages(const spec::DataSet& data_set, int64_t count) {
  ImageSet set;
  set.count = count;
  set.channels = data_set.channels;
  set.height = data_set.file_height;
  set.width = data_set.file_width;
  set.classes = data_set.classes;
  set.pixels.resize(static_cast<size_t>(count * set.image_size()));
  for (size_t i = 0; i < set.pixels.size(); ++i) {
    set.pixels[i] = static_cast<uint8_t>(RandomAt(1, RandomStream::kSubset, 0, i)[0]);
  }
  set.labels.resize(static_cast<size_t>(count));
  return set;
}

}  // namespace

double TimeBatch(const spec::DataSet& data_set, int64_t batch) {
  using SteadyClock = std::chrono::steady_clock;
  const ImageSet set = RandomImages(data_set, kBatches * batch);
  const BatchAssembler assembler(set, spec::FindNormalisation("", data_set), data_set.height);
  const spec::Augmentation augmentation;
  std::vector<double> ms;
  for (uint32_t epoch = 1; epoch <= kEpochs; ++epoch) {
    const SteadyClock::time_point begin = SteadyClock::now();
    // All of it is this loader's thread's work: nobody else has any.
    BatchLoader loader(assembler, set.labels, EpochOrder(1, epoch, set.count),
                       {.batch_size = batch,
                        .augment = true,
                        .augmentation = {.crop_padding = augmentation.crop_padding, .flip = augmentation.flip},
                        .seed = 1,
                        .epoch = epoch});
    while (loader.Next()) {
    }
    ms.push_back(std::chrono::duration<double, std::milli>(SteadyClock::now() - begin).count() / kBatches);
  }
  return *std::min_element(ms.begin(), ms.end());
}

}  // namespace winnow::worker
