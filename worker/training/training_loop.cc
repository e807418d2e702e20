#include "worker/training/training_loop.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "worker/data/batch_loader.h"
#include "worker/data/batch_order.h"
#include "worker/training/learning_rate.h"

namespace winnow::worker {
namespace {

// Sums over the steps of an epoch so far. In a resume point's notes, so that the figures of an interrupted epoch are
// those of a whole one; the sum is written in hexadecimal, which loses nothing.
struct EpochSums {
  double loss = 0;  // summed over images
  int64_t correct = 0;
  int64_t images = 0;
};

std::string HexText(double value) {
  char text[64];
  std::snprintf(text, sizeof text, "%a", value);
  return text;
}

StringMap ToNotes(const EpochSums& sums) {
  return {{"epoch_loss", HexText(sums.loss)},
          {"epoch_correct", std::to_string(sums.correct)},
          {"epoch_images", std::to_string(sums.images)}};
}

EpochSums FromNotes(const StringMap& notes) {
  const auto text = [&](const char* name) {
    const auto note = notes.find(name);
    return note == notes.end() ? std::string("0") : note->second;
  };
  return {std::strtod(text("epoch_loss").c_str(), nullptr), std::atoll(text("epoch_correct").c_str()),
          std::atoll(text("epoch_images").c_str())};
}

std::string FirstBrokenLayer(Net& net) {
  torch::NoGradGuard no_grad;
  for (const auto& item : net.named_parameters()) {
    if (!torch::isfinite(item.value()).all().item<bool>()) {
      return "; the first weights that are not finite: " + item.key();
    }
  }
  return "; all weights are finite";
}

// Those that the training begins, or goes on, with.
KernelMasks FirstMasks(const TrainingJob& job) {
  if (job.changer == nullptr || !job.resume) return *job.masks;
  KernelMasks masks;
  for (const auto& [layer, kept] : job.resume->masks) masks.Set(*job.net, layer, kept);
  return masks;
}

// One training, from construction to end.
class Loop {
 public:
  Loop(const TrainingJob& job, TrainingObserver& observer)
      : job_(job),
        observer_(observer),
        training_(*job.training),
        net_(*job.net),
        step_of_net_(net_, training_, FirstMasks(job), job.gradient_divisors, job.extras),
        length_{training_.epochs, (job.images->count + training_.batch_size - 1) / training_.batch_size},
        last_saved_(job.clock->Now()) {}

  Result<TrainingOutcome> Run() {
    net_.SetBatchNormMomentum(training_.batch_norm_momentum);
    net_.train();
    WINNOW_RETURN_ERR_IF_ERROR(Resume());
    TrainingOutcome outcome;
    while (epoch_ < training_.epochs) {
      WINNOW_ASSIGN_OR_RETURN(const bool finished, RunEpoch());
      if (!finished) {
        outcome.stopped = true;
        break;
      }
      outcome.last = figures_;
    }
    outcome.kept = step_of_net_.mask_state().kept;
    return outcome;
  }

 private:
  Status Resume() {
    if (job_.changer != nullptr) {
      AdoptMasks(job_.resume ? MaskState{.kept = job_.resume->masks, .dense_copies = job_.resume->dense_copies}
                             : MaskState{.kept = job_.masks->Kept(), .dense_copies = job_.dense_copies});
    }
    if (!job_.resume) return OkStatus();
    epoch_ = job_.resume->epoch;
    step_ = job_.resume->step;
    sums_ = FromNotes(job_.resume->notes);
    return step_of_net_.optimizer().LoadState(job_.resume->optimizer, epoch_ * length_.steps_per_epoch + step_);
  }

  // False when it was stopped before its end.
  Result<bool> RunEpoch() {
    const auto epoch_number = static_cast<uint32_t>(epoch_ + 1);
    const auto seed = static_cast<uint64_t>(training_.seed);
    BatchLoaderOptions options;
    options.batch_size = training_.batch_size;
    options.first_batch = step_;
    options.augment = true;
    options.augmentation = {.crop_padding = training_.augmentation.crop_padding,
                            .flip = training_.augmentation.flip,
                            .least_area = training_.augmentation.least_area};
    options.seed = seed;
    options.epoch = epoch_number;
    BatchLoader loader(*job_.assembler, job_.images->labels, EpochOrder(seed, epoch_number, job_.images->count),
                       options);
    while (step_ < length_.steps_per_epoch) {
      if (observer_.StopRequested()) {
        WINNOW_RETURN_ERR_IF_ERROR(SaveResumePoint());
        return false;
      }
      std::optional<Batch> batch = loader.Next();
      if (!batch) return Err(Internal("the loader ran out of batches before the end of an epoch"));
      WINNOW_ASSIGN_OR_RETURN(const bool gone_on, Step(*batch));
      if (!gone_on) return false;  // in the middle of a change; the last resume point is from before it
      ++step_;
      observer_.OnProgress(static_cast<double>(epoch_) +
                           static_cast<double>(step_) / static_cast<double>(length_.steps_per_epoch));
    }
    return FinishEpoch();
  }

  // False when a change of the masks was stopped.
  Result<bool> Step(const Batch& batch) {
    const int64_t global_step = epoch_ * length_.steps_per_epoch + step_;
    const auto seed = static_cast<uint64_t>(training_.seed), number = static_cast<uint64_t>(global_step);
    learning_rate_ = LearningRateAt(training_.learning_rate, length_, global_step);
    if (job_.changer != nullptr && job_.changer->ChangesBefore(global_step)) {
      std::map<std::string, torch::Tensor> gradients;
      const bool by_gradients = job_.changer->WantsGradients(global_step);
      if (by_gradients) {
        const auto figures = step_of_net_.KernelGradients(batch.images, batch.labels, seed, number, gradients);
        WINNOW_RETURN_ERR_IF_ERROR(Count(figures, batch));
      }
      MaskState state = step_of_net_.mask_state();
      if (!job_.changer->Change(global_step, gradients, state)) return false;
      AdoptMasks(std::move(state));
      if (by_gradients) return true;
    }
    const auto figures = step_of_net_.Run(batch.images, batch.labels, learning_rate_, seed, number);
    WINNOW_RETURN_ERR_IF_ERROR(Count(figures, batch));
    return true;
  }

  void AdoptMasks(MaskState state) {
    for (auto& [layer, copy] : state.dense_copies) copy = copy.to(net_.device());
    std::map<std::string, torch::Tensor> preconditioners = job_.changer->Preconditioners(state);
    step_of_net_.SetMaskState(std::move(state), std::move(preconditioners));
    net_.train();
  }

  Status Count(const TrainingStep::Figures& figures, const Batch& batch) {
    if (!std::isfinite(figures.loss)) {
      return Status(StatusCode::kOutOfRange, "the training loss is not finite in epoch " + std::to_string(epoch_ + 1) +
                                                 ", step " + std::to_string(step_ + 1) + FirstBrokenLayer(net_) +
                                                 "; a lower learning rate or a longer warm-up usually helps");
    }
    const int64_t images = batch.labels.size(0);
    sums_.loss += figures.loss * static_cast<double>(images);
    sums_.correct += figures.correct;
    sums_.images += images;
    return OkStatus();
  }

  // Always true.
  Result<bool> FinishEpoch() {
    const auto images = static_cast<double>(sums_.images);
    figures_ = {.epoch = epoch_ + 1,
                .train_loss = sums_.loss / images,
                .train_accuracy = static_cast<double>(sums_.correct) / images,
                .learning_rate = learning_rate_};
    ++epoch_;
    step_ = 0;
    sums_ = {};
    observer_.OnEpoch(figures_);
    const bool due = job_.clock->Now() - last_saved_ >= job_.resume_interval;
    if (due && epoch_ < training_.epochs) WINNOW_RETURN_ERR_IF_ERROR(SaveResumePoint());
    return true;
  }

  Status SaveResumePoint() {
    if (epoch_ == 0 && step_ == 0) return OkStatus();  // nothing is worth keeping
    ResumePoint point;
    point.epoch = epoch_;
    point.step = step_;
    MaskState masks = step_of_net_.mask_state();
    point.masks = std::move(masks.kept);
    for (const auto& [layer, copy] : masks.dense_copies) point.dense_copies[layer] = copy.cpu().clone();
    point.optimizer = step_of_net_.optimizer().SaveState();
    point.notes = ToNotes(sums_);
    last_saved_ = job_.clock->Now();
    return observer_.OnResumePoint(std::move(point));
  }

  const TrainingJob& job_;
  TrainingObserver& observer_;
  const spec::Training& training_;
  Net& net_;
  TrainingStep step_of_net_;
  const TrainingLength length_;
  SteadyTime last_saved_;
  int64_t epoch_ = 0;  // finished
  int64_t step_ = 0;   // finished in the epoch after them
  EpochSums sums_;
  EpochFigures figures_;
  double learning_rate_ = 0;
};

}  // namespace

Result<TrainingOutcome> Train(const TrainingJob& job, TrainingObserver& observer) { return Loop(job, observer).Run(); }

}  // namespace winnow::worker
