#include "worker/refit/batch_norm_averages.h"

#include <gtest/gtest.h>

#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/refit/observed_conv.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

ImageSet ColourImages(int64_t count) {
  ImageSet set{.count = count, .channels = 3, .height = 32, .width = 32, .classes = 10, .pixels = {}, .labels = {}};
  for (int64_t i = 0; i < count; ++i) set.labels.push_back(static_cast<uint8_t>(i % 10));
  const Tensor noise = RandomTensor({count * 3 * 32 * 32}, 6);
  for (int64_t i = 0; i < noise.numel(); ++i) {
    set.pixels.push_back(static_cast<uint8_t>(127 + 120 * noise.data_ptr<float>()[i]));
  }
  return set;
}

class BatchNormAveragesTest : public ::testing::Test {
 protected:
  BatchNormAveragesTest()
      : data_set_(*spec::FindDataSet("cifar-10")),
        set_(ColourImages(64)),
        assembler_(set_, spec::FindNormalisation("vgg-nagadomi", data_set_), 32),
        net_(*MakeNet(*spec::FindNetwork("vgg-nagadomi", 0.25, data_set_), 1)) {
    sample_ = {.images = &set_, .assembler = &assembler_, .augmentation = {.crop_padding = 2, .flip = true}, .seed = 3};
  }

  const spec::DataSet data_set_;
  const ImageSet set_;
  const BatchAssembler assembler_;
  const std::shared_ptr<Net> net_;
  ImageSample sample_;
};

TEST_F(BatchNormAveragesTest, AreThoseOfTheFirstLayersOutput) {
  ConvUnit& first = *net_->Convs().front();
  first.batch_norm()->running_mean.fill_(17);
  ASSERT_TRUE(RemeasureBatchNorm(*net_, sample_, 64, [] { return true; }));
  Tensor outputs;
  sample_.ForEachBatch(64, [&](const Tensor& images, const Tensor&) {
    torch::NoGradGuard no_grad;
    outputs = first.conv().forward(images);
    return true;
  });
  EXPECT_LT(MaxRelativeError(first.batch_norm()->running_mean, outputs.mean({0, 2, 3})), 1e-4);
  EXPECT_LT(MaxRelativeError(first.batch_norm()->running_var, outputs.var({0, 2, 3})), 1e-4);
}

TEST_F(BatchNormAveragesTest, AreAllThatChanges) {
  net_->SetBatchNormMomentum(0.3);
  net_->train();
  std::vector<Tensor> before;
  for (const Tensor& parameter : net_->parameters()) before.push_back(parameter.detach().clone());
  ASSERT_TRUE(RemeasureBatchNorm(*net_, sample_, 32, [] { return true; }));
  EXPECT_TRUE(net_->is_training());
  size_t i = 0;
  for (const Tensor& parameter : net_->parameters()) EXPECT_TRUE(torch::equal(parameter, before[i++]));
  for (ConvUnit* unit : net_->Convs()) EXPECT_EQ(unit->batch_norm()->options.momentum(), 0.3);
}

TEST_F(BatchNormAveragesTest, StopsWhenAsked) {
  EXPECT_FALSE(RemeasureBatchNorm(*net_, sample_, 64, [] { return false; }));
}

}  // namespace
}  // namespace winnow::worker
