#include "worker/data/batch_loader.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>

#include "base/status_exception.h"

namespace winnow::worker {

namespace {

int ThreadsFor(const BatchLoaderOptions& options, const BatchAssembler& assembler) {
  if (options.threads > 0) return options.threads;
  return assembler.decodes() ? std::max(1, at::get_num_threads()) : 1;
}

}  // namespace

BatchLoader::BatchLoader(const BatchAssembler& assembler, std::span<const uint16_t> labels, std::vector<uint32_t> order,
                         BatchLoaderOptions options)
    : assembler_(assembler),
      labels_(labels),
      order_(std::move(order)),
      options_(options),
      pool_(ThreadsFor(options, assembler)) {
  const auto images = static_cast<int64_t>(order_.size());
  const int64_t full = images / options_.batch_size;
  batch_count_ = full + (options_.drop_last || images % options_.batch_size == 0 ? 0 : 1);
  handed_out_ = std::min(options_.first_batch, batch_count_);
  thread_ = std::thread([this] { Run(); });
}

BatchLoader::~BatchLoader() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

std::optional<Batch> BatchLoader::Next() {
  if (handed_out_ == batch_count_) return std::nullopt;
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || failure_ != nullptr; });
  // LibTorch's exception (no memory), or that of an image, goes on where the caller catches LibTorch's anyway.
  if (ready_.empty()) std::rethrow_exception(failure_);
  Batch batch = std::move(ready_.front());
  ready_.pop_front();
  ++handed_out_;
  lock.unlock();
  changed_.notify_all();
  return batch;
}

void BatchLoader::Run() {
  try {
    for (int64_t index = std::min(options_.first_batch, batch_count_); index < batch_count_; ++index) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return stop_ || static_cast<int64_t>(ready_.size()) < options_.ahead; });
        if (stop_) return;
      }
      Batch batch = Make(index);
      {
        std::lock_guard lock(mutex_);
        ready_.push_back(std::move(batch));
      }
      changed_.notify_all();
    }
  } catch (...) {
    std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    changed_.notify_all();
  }
}

Batch BatchLoader::Make(int64_t index) {
  const int64_t first = index * options_.batch_size;
  const int64_t count = std::min(options_.batch_size, static_cast<int64_t>(order_.size()) - first);
  const int64_t floats = assembler_.image_floats();
  const int64_t side = assembler_.side();
  Batch batch;
  batch.index = index;
  batch.images = torch::empty({count, floats / (side * side), side, side}, torch::kFloat32);
  batch.labels = torch::empty({count}, torch::kInt64);
  auto* images = batch.images.data_ptr<float>();
  auto* labels = batch.labels.data_ptr<int64_t>();
  const std::optional<RandomPlace> place =
      options_.augment ? std::optional(RandomPlace{options_.seed, options_.epoch}) : std::nullopt;
  pool_.Run(count, [&](int64_t i) {
    const uint32_t image = order_[static_cast<size_t>(first + i)];
    const Status status = assembler_.Assemble(image, options_.augmentation, place,
                                              std::span(images + i * floats, static_cast<size_t>(floats)));
    if (!status.ok()) throw StatusException(status);
    labels[i] = labels_[image];
  });
  return batch;
}

}  // namespace winnow::worker
