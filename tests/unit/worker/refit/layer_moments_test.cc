// Moments and Hessians of a layer against what the layer does.
#include "worker/refit/layer_moments.h"

#include <gtest/gtest.h>

#include "tests/unit/worker/nn/random_tensor.h"
#include "tests/unit/worker/training/tiny_training.h"
#include "worker/nn/reference_winograd_conv.h"
#include "worker/nn/winograd_conv2d.h"
#include "worker/refit/observed_conv.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr int64_t kImages = 40;

class LayerMomentsTest : public ::testing::TestWithParam<int> {
 protected:
  LayerMomentsTest() : net_(TinyNet(4)) {
    sample_ = {.images = &tiny_.set, .assembler = &tiny_.assembler, .augmentation = {.crop_padding = 1}, .seed = 9};
    for (ConvUnit* unit : net_->Prunable()) EXPECT_TRUE(ConvertToWinograd(*unit, GetParam()).ok());
    unit_ = net_->Prunable().back();
    net_->eval();
  }

  LayerMoments Measure(bool whole, bool fisher) {
    // Beside another layer, which must change nothing.
    return MeasureMoments(*net_, {net_->Prunable().front(), unit_}, sample_,
                          {.tile_size = GetParam(), .images = kImages, .whole = whole, .fisher = fisher})
        .back();
  }

  // All inputs of the layer, in double.
  Tensor Inputs() {
    std::vector<Tensor> seen;
    const Observation observation(*unit_, [&](const Tensor& input) { seen.push_back(input.detach().clone()); }, {});
    torch::NoGradGuard no_grad;
    sample_.ForEachBatch(kImages, [&](const Tensor& images, const Tensor&) {
      net_->forward(images);
      return true;
    });
    return torch::cat(seen).to(torch::kFloat64);
  }

  // What the layer's output changes by when its filter changes by `d`, in double.
  Tensor OutputChange(const Tensor& d) {
    return ReferenceWinogradConvolution(Inputs(), d.to(torch::kFloat64), {}, unit_->conv().geometry().padding,
                                        GetParam());
  }

  TinyTraining tiny_{kImages};
  std::shared_ptr<Net> net_;
  ImageSample sample_;
  ConvUnit* unit_ = nullptr;
};

TEST_P(LayerMomentsTest, HessianIsTheMeanSquareOfTheOutputsChange) {
  LayerMoments moments = Measure(/*whole=*/true, /*fisher=*/false);
  const Tensor d = RandomTensor(unit_->conv().kernel().sizes().vec(), 3);
  const Tensor change = OutputChange(d);
  const int64_t m = GetParam();
  ASSERT_EQ(change.size(2) % m, 0) << "a cropped tile would make the two differ";
  const double tiles = static_cast<double>(change.size(0) * (change.size(2) / m) * (change.size(3) / m));
  const Tensor expected = change.square().sum({0, 2, 3}) / tiles;
  const Tensor hessian = LayerHessian(moments, GetParam(), /*centred=*/false);
  EXPECT_FALSE(moments.second.defined());
  const Tensor rows = d.flatten(1);
  EXPECT_LT(MaxRelativeError((torch::mm(rows, hessian) * rows).sum(1), expected), 1e-4);
}

TEST_P(LayerMomentsTest, CentredHessianLeavesTheMeanOfAChannelOut) {
  LayerMoments moments = Measure(/*whole=*/true, /*fisher=*/false);
  const Tensor d = RandomTensor(unit_->conv().kernel().sizes().vec(), 3);
  const Tensor change = OutputChange(d);
  const int64_t m = GetParam();
  const Tensor expected = change.var({0, 2, 3}, /*unbiased=*/false) * static_cast<double>(m * m);
  const Tensor rows = d.flatten(1);
  const Tensor hessian = LayerHessian(moments, GetParam(), /*centred=*/true);
  EXPECT_LT(MaxRelativeError((torch::mm(rows, hessian) * rows).sum(1), expected), 1e-3);
}

TEST_P(LayerMomentsTest, BlocksAreThoseOfTheWhole) {
  LayerMoments moments = Measure(/*whole=*/true, /*fisher=*/false);
  const int64_t channels = moments.blocks.size(0), positions = moments.blocks.size(1);
  const Tensor whole = moments.second.view({channels, positions, channels, positions});
  for (int64_t c = 0; c < channels; ++c) {
    EXPECT_LT(MaxRelativeError(moments.blocks[c], whole.select(2, c).select(0, c)), 1e-5) << "channel " << c;
  }
}

TEST_P(LayerMomentsTest, KernelHessiansArePositiveDefiniteWhereAChannelIsDead) {
  LayerMoments moments = Measure(/*whole=*/false, /*fisher=*/false);
  moments.blocks[0].zero_();
  moments.mean.view({moments.blocks.size(0), -1})[0].zero_();
  for (const bool centred : {false, true}) {
    const Tensor hessians = KernelHessians(moments, GetParam(), centred);
    for (int64_t c = 0; c < hessians.size(0); ++c) {
      EXPECT_GT(torch::linalg_eigvalsh(hessians[c]).min().item<double>(), 0.0) << "channel " << c;
    }
  }
}

// Against the derivative of one image's loss with respect to an added output, by autograd through the whole net.
TEST_P(LayerMomentsTest, FisherIsTheMeanSquareOfTheLossesGradient) {
  const LayerMoments moments = Measure(/*whole=*/false, /*fisher=*/true);
  Tensor expected = torch::zeros_like(moments.fisher);
  double pixels = 0;
  sample_.ForEachBatch(kImages, [&](const Tensor& images, const Tensor& labels) {
    for (int64_t i = 0; i < images.size(0); ++i) {
      const Observation observation(
          *unit_, [](const Tensor&) {},
          [&](const Tensor& gradient) {
            expected += gradient.square().sum({0, 2, 3});
            pixels += static_cast<double>(gradient.size(2) * gradient.size(3));
          });
      torch::nn::functional::cross_entropy(net_->forward(images.narrow(0, i, 1)), labels.narrow(0, i, 1)).backward();
    }
    return true;
  });
  EXPECT_LT(MaxRelativeError(moments.fisher, expected / pixels), 1e-3);
}

TEST_P(LayerMomentsTest, LeavesTheNetAsItWas) {
  const Tensor before = unit_->conv().kernel().detach().clone();
  ConvLayer* const layer = &unit_->conv();
  Measure(true, true);
  EXPECT_EQ(&unit_->conv(), layer);
  EXPECT_TRUE(torch::equal(unit_->conv().kernel(), before));
  for (const Tensor& parameter : net_->parameters()) {
    EXPECT_TRUE(parameter.requires_grad());
    EXPECT_FALSE(parameter.grad().defined());
  }
}

INSTANTIATE_TEST_SUITE_P(TileSizes, LayerMomentsTest, ::testing::Values(2, 4));

}  // namespace
}  // namespace winnow::worker
