// Batches of one epoch as tensors, made ahead of time on threads of their own.
//
//   BatchLoader loader(assembler, set.labels, EpochOrder(seed, epoch, set.count), {.batch_size = 128, ...});
//   while (std::optional<Batch> batch = loader.Next()) Train(*batch);
//
// What comes out is a function of the arguments alone, whatever the threads do.
#ifndef WORKER_DATA_BATCH_LOADER_H_
#define WORKER_DATA_BATCH_LOADER_H_

#include <torch/torch.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "worker/data/batch_assembler.h"
#include "worker/data/worker_pool.h"

namespace winnow::worker {

struct Batch {
  torch::Tensor images;  // float32 [n, channels, side, side]
  torch::Tensor labels;  // int64 [n]
  int64_t index = 0;     // of the batch in the epoch, from 0
};

struct BatchLoaderOptions {
  int64_t batch_size = 128;
  int64_t first_batch = 0;  // batches before it are skipped: going on in the middle of an epoch
  bool drop_last = false;   // leave out a last batch that is not full
  bool augment = false;     // apply `augmentation`; else images come as they are
  Augmentation augmentation = {};
  uint64_t seed = 0;
  uint32_t epoch = 0;
  int64_t ahead = 3;  // batches kept ready, >= 1
  int threads = 0;    // that make a batch; 0: as many as LibTorch has where images are decoded, else one
};

// Ownership  borrows the assembler (and through it the set) for its life.
// Threads    Next() from one thread at a time; the destructor stops the loader's thread.
class BatchLoader {
 public:
  BatchLoader(const BatchAssembler& assembler, std::span<const uint16_t> labels, std::vector<uint32_t> order,
              BatchLoaderOptions options);
  ~BatchLoader();
  BatchLoader(const BatchLoader&) = delete;
  BatchLoader& operator=(const BatchLoader&) = delete;

  int64_t batch_count() const { return batch_count_; }
  // The next batch, or nothing after the last. Throws StatusException for an image that cannot be read.
  std::optional<Batch> Next();

 private:
  void Run();
  Batch Make(int64_t index);

  const BatchAssembler& assembler_;
  const std::span<const uint16_t> labels_;
  const std::vector<uint32_t> order_;
  const BatchLoaderOptions options_;
  int64_t batch_count_ = 0;
  WorkerPool pool_;  // used by the loader's thread

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Batch> ready_;     // guarded by mutex_
  std::exception_ptr failure_;  // guarded by mutex_: what LibTorch threw on the loader's thread
  bool stop_ = false;           // guarded by mutex_
  int64_t handed_out_ = 0;      // by the caller's thread only
  std::thread thread_;
};

}  // namespace winnow::worker

#endif  // WORKER_DATA_BATCH_LOADER_H_
