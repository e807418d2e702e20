// The loop over epochs and batches that every net-making stage runs.
//
// A step: hold the masks, forward in training mode, mean cross-entropy, backward, divide the gradients of Winograd
// kernels, one optimizer step. Before some steps a MaskChanger may change the masks. Order of images, augmentation,
// dropout and learning rate are functions of (seed, epoch, step), so the state of a training is its net, the
// optimizer's state and (epoch, step): a resumed training ends bit for bit like an undisturbed one with the same
// threads and libraries.
#ifndef WORKER_TRAINING_TRAINING_LOOP_H_
#define WORKER_TRAINING_TRAINING_LOOP_H_

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "spec/sweep_spec.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/data/batch_assembler.h"
#include "worker/data/image_set.h"
#include "worker/nn/net.h"
#include "worker/training/kernel_masks.h"
#include "worker/training/training_step.h"

namespace winnow::worker {

// What was measured over one epoch on the training images, augmented, while the net changed.
struct EpochFigures {
  int64_t epoch = 0;  // from 1
  double train_loss = 0;
  double train_accuracy = 0;  // fraction of 1
  double learning_rate = 0;   // of the epoch's last step
};

// What the loop tells, on the caller's thread, between steps.
class TrainingObserver {
 public:
  virtual ~TrainingObserver() = default;
  // Asked before every step; true ends the loop there, after a resume point.
  virtual bool StopRequested() = 0;
  virtual void OnProgress(double epochs_done) = 0;
  virtual void OnEpoch(const EpochFigures& figures) = 0;
  // Makes `point` durable; masks are held. `numerics_class` and `stage` are for the observer to fill.
  virtual Status OnResumePoint(ResumePoint point) = 0;
};

// Ownership  borrows everything for the length of Train().
struct TrainingJob {
  Net* net = nullptr;
  const ImageSet* images = nullptr;
  const BatchAssembler* assembler = nullptr;  // of `images`
  const spec::Training* training = nullptr;   // epochs may be 0
  const KernelMasks* masks = nullptr;
  // What the gradient of a layer's kernel is divided by, elementwise [m+2, m+2]; F^exponent for Winograd layers.
  std::map<std::string, torch::Tensor> gradient_divisors;
  StepExtras extras;  // worker/training/training_step.h
  // Changes the masks on the way; null where they stay. `dense_copies` are those it begins with.
  MaskChanger* changer = nullptr;
  std::map<std::string, torch::Tensor> dense_copies;
  const Clock* clock = nullptr;
  // Resume points at the ends of epochs are at least so far apart. The last epoch makes none.
  std::chrono::milliseconds resume_interval{30000};
  // Where an earlier attempt ended; the net already has its weights.
  std::optional<ResumePoint> resume;
};

struct TrainingOutcome {
  bool stopped = false;                       // StopRequested() ended it
  std::optional<EpochFigures> last;           // none when no epoch was finished
  std::map<std::string, torch::Tensor> kept;  // by layer, as KernelMasks::Kept(): the masks at the end
};

// kOutOfRange        a loss that is not finite: names epoch and step, and the first layer whose weights are not finite
// kInvalidArgument   the resume point does not fit the net
// and whatever OnResumePoint() returns. LibTorch's exceptions pass through.
Result<TrainingOutcome> Train(const TrainingJob& job, TrainingObserver& observer);

}  // namespace winnow::worker

#endif  // WORKER_TRAINING_TRAINING_LOOP_H_
