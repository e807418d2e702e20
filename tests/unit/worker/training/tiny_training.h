// A small training for tests: lenet-5-3x3 on made-up images whose brightest quarter tells the class.
#ifndef TESTS_UNIT_WORKER_TRAINING_TINY_TRAINING_H_
#define TESTS_UNIT_WORKER_TRAINING_TINY_TRAINING_H_

#include <torch/torch.h>

#include <memory>
#include <random>
#include <vector>

#include "base/clock.h"
#include "spec/data_set.h"
#include "spec/network.h"
#include "worker/nn/net.h"
#include "worker/training/training_loop.h"

namespace winnow::worker {

// Learnable in a few steps, f(seed): noise, with the pixels of row label * 2 bright.
inline ImageSet MadeUpImages(int64_t count, uint64_t seed) {
  ImageSet set{.count = count, .channels = 1, .height = 28, .width = 28, .classes = 10, .pixels = {}, .labels = {}};
  std::mt19937_64 generator(seed);
  std::uniform_int_distribution<int> noise(0, 60), label(0, 9);
  for (int64_t i = 0; i < count; ++i) {
    set.labels.push_back(static_cast<uint8_t>(label(generator)));
    for (int64_t row = 0; row < 28; ++row) {
      for (int64_t column = 0; column < 28; ++column) {
        const int light = row / 2 == set.labels.back() ? 180 : 0;
        set.pixels.push_back(static_cast<uint8_t>(light + noise(generator)));
      }
    }
  }
  return set;
}

inline std::shared_ptr<Net> TinyNet(uint64_t seed) {
  const spec::DataSet data_set = *spec::FindDataSet("fashion-mnist");
  return *MakeNet(*spec::FindNetwork("lenet-5-3x3", 1.0, data_set), seed);
}

inline spec::Training TinyRecipe() {
  spec::Training training;
  training.epochs = 3;
  training.batch_size = 32;
  training.seed = 7;
  training.learning_rate.initial = 0.02;
  training.augmentation = {.crop_padding = 1, .flip = true};
  return training;
}

// Records what the loop says; asks for a stop before step `stop_at`.
class RecordingObserver : public TrainingObserver {
 public:
  explicit RecordingObserver(int64_t stop_at = -1) : stop_at_(stop_at) {}
  bool StopRequested() override { return asked_++ == stop_at_; }
  void OnProgress(double epochs_done) override { progress.push_back(epochs_done); }
  void OnEpoch(const EpochFigures& figures) override { epochs.push_back(figures); }
  Status OnResumePoint(ResumePoint point) override {
    points.push_back(std::move(point));
    return OkStatus();
  }

  std::vector<double> progress;
  std::vector<EpochFigures> epochs;
  std::vector<ResumePoint> points;

 private:
  const int64_t stop_at_;
  int64_t asked_ = 0;
};

// Everything a training borrows.
struct TinyTraining {
  explicit TinyTraining(int64_t images = 100)
      : set(MadeUpImages(images, 3)),
        assembler(set, spec::FindNormalisation("lenet-5-3x3", *spec::FindDataSet("fashion-mnist")), 32) {}

  TrainingJob Job(Net& net) {
    TrainingJob job;
    job.net = &net;
    job.images = &set;
    job.assembler = &assembler;
    job.training = &recipe;
    job.masks = &masks;
    job.clock = clock;
    return job;
  }

  ImageSet set;
  BatchAssembler assembler;
  spec::Training recipe = TinyRecipe();
  KernelMasks masks;
  const Clock* clock = SystemClock();
};

inline bool SameNet(Net& a, Net& b) {
  const auto a_parameters = a.named_parameters(), b_parameters = b.named_parameters();
  const auto a_buffers = a.named_buffers(), b_buffers = b.named_buffers();
  if (a_parameters.size() != b_parameters.size()) return false;
  for (const auto& item : a_parameters) {
    if (!torch::equal(item.value(), b_parameters[item.key()])) return false;
  }
  for (const auto& item : a_buffers) {
    if (item.key().find("num_batches_tracked") != std::string::npos) continue;
    if (!torch::equal(item.value(), b_buffers[item.key()])) return false;
  }
  return true;
}

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_TRAINING_TINY_TRAINING_H_
