#include "worker/training/training_loop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_clock.h"
#include "tests/unit/worker/training/tiny_training.h"
#include "worker/pruning/gradient_divisors.h"
#include "worker/training/evaluation.h"

namespace winnow::worker {
namespace {

using ::testing::HasSubstr;

TEST(Train, LearnsAndReportsEveryEpoch) {
  TinyTraining tiny(200);
  const std::shared_ptr<Net> net = TinyNet(1);
  RecordingObserver observer;
  const Result<TrainingOutcome> outcome = Train(tiny.Job(*net), observer);
  ASSERT_TRUE(outcome) << outcome.error().ToString();
  EXPECT_FALSE(outcome->stopped);
  ASSERT_EQ(observer.epochs.size(), 3U);
  EXPECT_EQ(observer.epochs[0].epoch, 1);
  EXPECT_LT(observer.epochs[2].train_loss, observer.epochs[0].train_loss);
  EXPECT_EQ(outcome->last->epoch, 3);
  EXPECT_DOUBLE_EQ(observer.progress.back(), 3.0);
  EXPECT_EQ(observer.progress.size(), 3U * 7U);  // 200 images in batches of 32
  const auto figures = Evaluate(*net, tiny.set, tiny.assembler, [](int64_t) { return true; });
  ASSERT_TRUE(figures);
  EXPECT_GT(figures->accuracy(), 0.5);
}

TEST(Train, RepeatsBitForBitAndDependsOnTheSeed) {
  TinyTraining tiny;
  const std::shared_ptr<Net> one = TinyNet(1), two = TinyNet(1), other = TinyNet(1);
  RecordingObserver first, second, third;
  ASSERT_TRUE(Train(tiny.Job(*one), first));
  ASSERT_TRUE(Train(tiny.Job(*two), second));
  EXPECT_TRUE(SameNet(*one, *two));
  EXPECT_EQ(first.epochs.back().train_loss, second.epochs.back().train_loss);
  tiny.recipe.seed = 8;
  ASSERT_TRUE(Train(tiny.Job(*other), third));
  EXPECT_FALSE(SameNet(*one, *other));
}

// Trains, stopping before step `stop_at`, goes on with another net that gets the first one's weights, and compares with
// an undisturbed training.
void ExpectResumeEqualsUndisturbed(TinyTraining& tiny, int64_t stop_at) {
  const std::shared_ptr<Net> whole = TinyNet(1), broken = TinyNet(1);
  RecordingObserver undisturbed, before(stop_at), after;
  ASSERT_TRUE(Train(tiny.Job(*whole), undisturbed));
  const Result<TrainingOutcome> stopped = Train(tiny.Job(*broken), before);
  ASSERT_TRUE(stopped);
  ASSERT_TRUE(stopped->stopped);
  ASSERT_EQ(before.points.size(), 1U);
  const ResumePoint& point = before.points.front();
  EXPECT_EQ(point.epoch * 4 + point.step, stop_at);  // 100 images in batches of 32
  TrainingJob job = tiny.Job(*broken);
  job.resume = point;
  const Result<TrainingOutcome> ended = Train(job, after);
  ASSERT_TRUE(ended) << ended.error().ToString();
  EXPECT_TRUE(SameNet(*whole, *broken)) << "stopped before step " << stop_at;
  EXPECT_EQ(undisturbed.epochs.back().train_loss, after.epochs.back().train_loss);
  EXPECT_EQ(undisturbed.epochs[static_cast<size_t>(point.epoch)].train_accuracy, after.epochs.front().train_accuracy);
}

TEST(Train, ResumedInMidEpochEndsLikeUndisturbed) {
  TinyTraining tiny;
  ExpectResumeEqualsUndisturbed(tiny, 6);
}

TEST(Train, ResumedBetweenEpochsWithAdamEndsLikeUndisturbed) {
  TinyTraining tiny;
  tiny.recipe.optimizer.name = spec::OptimizerName::kAdam;
  tiny.recipe.learning_rate.initial = 0.002;
  ExpectResumeEqualsUndisturbed(tiny, 8);
}

TEST(Train, StoppedBeforeTheFirstStepKeepsNothing) {
  TinyTraining tiny;
  const std::shared_ptr<Net> net = TinyNet(1);
  RecordingObserver observer(0);
  const Result<TrainingOutcome> outcome = Train(tiny.Job(*net), observer);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(outcome->stopped);
  EXPECT_TRUE(observer.points.empty());
}

// Turns the clock on by 20 s an epoch.
class TickingObserver : public RecordingObserver {
 public:
  explicit TickingObserver(testing::FakeClock* clock) : clock_(clock) {}
  void OnEpoch(const EpochFigures& figures) override {
    RecordingObserver::OnEpoch(figures);
    clock_->Advance(std::chrono::seconds(20));
  }

 private:
  testing::FakeClock* clock_;
};

TEST(Train, SavesAtEndsOfEpochsThatAreFarEnoughApartButNotTheLast) {
  TinyTraining tiny(32);
  testing::FakeClock clock;
  tiny.clock = &clock;
  tiny.recipe.epochs = 4;
  const std::shared_ptr<Net> net = TinyNet(1);
  TickingObserver observer(&clock);
  ASSERT_TRUE(Train(tiny.Job(*net), observer));
  ASSERT_EQ(observer.points.size(), 1U);  // after 40 s; at 80 s the training is over
  EXPECT_EQ(observer.points[0].epoch, 2);
  EXPECT_EQ(observer.points[0].step, 0);
}

TEST(Train, HoldsMasksAndDividesGradientsOfWinogradKernels) {
  TinyTraining tiny;
  tiny.recipe.learning_rate.initial = 1e-3;
  const std::shared_ptr<Net> net = TinyNet(1);
  ConvUnit* unit = net->FindConv("conv1");
  ASSERT_TRUE(ConvertToWinograd(*unit, 4).ok());
  const torch::Tensor start = unit->conv().kernel().detach().clone();
  std::vector<uint8_t> kept(static_cast<size_t>(start.numel()));
  for (size_t i = 0; i < kept.size(); ++i) kept[i] = i % 2;
  ASSERT_TRUE(tiny.masks.Set(*net, "conv1", kept).ok());
  TrainingJob job = tiny.Job(*net);
  job.gradient_divisors["conv1"] = torch::tensor(GradientDivisors(4, 1.5)).reshape({6, 6});
  RecordingObserver observer;
  ASSERT_TRUE(Train(job, observer));
  const torch::Tensor& end = unit->conv().kernel();
  int64_t moved = 0;
  for (int64_t i = 0; i < end.numel(); ++i) {
    const float now = end.data_ptr<float>()[i];
    if (i % 2 == 0) {
      ASSERT_EQ(now, 0.0F) << i;
    } else {
      moved += now != start.data_ptr<float>()[i];
    }
  }
  EXPECT_GT(moved, end.numel() / 4);
}

// With divisors of 1e12 a kernel stays where it is but for weight decay, which is not divided.
TEST(Train, DividesBeforeWeightDecay) {
  TinyTraining tiny(32);
  tiny.recipe.epochs = 1;
  tiny.recipe.optimizer.momentum = 0;
  tiny.recipe.optimizer.weight_decay = 0.5;
  tiny.recipe.learning_rate.initial = 0.1;
  tiny.recipe.learning_rate.schedule = spec::LearningRateSchedule::kConstant;
  const std::shared_ptr<Net> net = TinyNet(1);
  ASSERT_TRUE(ConvertToWinograd(*net->FindConv("conv1"), 2).ok());
  const torch::Tensor start = net->FindConv("conv1")->conv().kernel().detach().clone();
  TrainingJob job = tiny.Job(*net);
  job.gradient_divisors["conv1"] = torch::full({4, 4}, 1e12F);
  RecordingObserver observer;
  ASSERT_TRUE(Train(job, observer));
  torch::NoGradGuard no_grad;
  const torch::Tensor difference = net->FindConv("conv1")->conv().kernel() - start * (1 - 0.1 * 0.5);
  EXPECT_LT(difference.abs().max().item<double>(), 1e-6);
}

TEST(Train, NamesEpochAndLayerWhenTheLossIsNotFinite) {
  TinyTraining tiny;
  const std::shared_ptr<Net> net = TinyNet(1);
  {
    torch::NoGradGuard no_grad;
    net->FindConv("conv2")->conv().kernel().view(-1)[0] = std::numeric_limits<float>::quiet_NaN();
  }
  RecordingObserver observer;
  const Result<TrainingOutcome> outcome = Train(tiny.Job(*net), observer);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), StatusCode::kOutOfRange);
  EXPECT_THAT(outcome.error().message(), HasSubstr("epoch 1, step 1"));
  EXPECT_THAT(outcome.error().message(), HasSubstr("conv2.weight"));
}

TEST(Train, WithoutEpochsOnlyHoldsTheMasks) {
  TinyTraining tiny;
  tiny.recipe.epochs = 0;
  const std::shared_ptr<Net> net = TinyNet(1);
  const int64_t count = net->FindConv("conv1")->conv().kernel().numel();
  ASSERT_TRUE(tiny.masks.Set(*net, "conv1", std::vector<uint8_t>(static_cast<size_t>(count), 0)).ok());
  RecordingObserver observer;
  const Result<TrainingOutcome> outcome = Train(tiny.Job(*net), observer);
  ASSERT_TRUE(outcome);
  EXPECT_FALSE(outcome->last);
  EXPECT_EQ(net->FindConv("conv1")->conv().kernel().count_nonzero().item<int64_t>(), 0);
}

TEST(Evaluate, CountsEveryImageOnceAndStopsWhenTold) {
  TinyTraining tiny(250);
  const std::shared_ptr<Net> net = TinyNet(1);
  std::vector<int64_t> done;
  const auto whole = Evaluate(*net, tiny.set, tiny.assembler, [&](int64_t images) {
    done.push_back(images);
    return true;
  });
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->images, 250);
  EXPECT_EQ(done.back(), 250);
  EXPECT_GE(whole->correct, 0);
  EXPECT_GT(whole->loss, 0);
  EXPECT_FALSE(Evaluate(*net, tiny.set, tiny.assembler, [](int64_t) { return false; }));
}

}  // namespace
}  // namespace winnow::worker
