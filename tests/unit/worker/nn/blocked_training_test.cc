// Training in the blocked layout against the same in NCHW.
#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/max_pool.h"
#include "worker/nn/norm_relu.h"
#include "worker/nn/winograd_conv2d.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr double kRounding = 2e-5;

// Forwards and backwards through `layer`, blocked and not.
void ExpectSame(const std::vector<int64_t>& sizes, const std::function<Tensor(const Tensor&)>& layer, double bound) {
  Tensor nchw = RandomTensor(sizes, 1).requires_grad_(), same = nchw.detach().clone().requires_grad_();
  const Tensor expected = layer(nchw);
  const Tensor blocked = layer(BlockedFrom(same));
  ASSERT_TRUE(IsBlocked(blocked));
  const Tensor output = NchwFrom(blocked);
  EXPECT_LE(MaxRelativeError(output, expected), bound);
  const Tensor d_output = RandomTensor(expected.sizes().vec(), 2);
  expected.backward(d_output);
  output.backward(d_output);
  EXPECT_LE(MaxRelativeError(same.grad(), nchw.grad()), bound);
}

TEST(BlockedTraining, LayoutsLeadIntoEachOther) {
  const Tensor images = RandomTensor({32, 3, 5, 7}, 3);
  Tensor tracked = images.clone().requires_grad_();
  EXPECT_TRUE(torch::equal(BlockedFrom(tracked), BlockedFrom(images)));
  EXPECT_TRUE(torch::equal(NchwFrom(BlockedFrom(tracked)), images));
  Tensor part = RandomTensor({17, 1, 2, 2}, 1).requires_grad_();
  EXPECT_THROW(BlockedFrom(part), c10::Error);
}

TEST(BlockedTraining, PoolsAlike) {
  ExpectSame({16, 3, 8, 8}, MaxPool2x2, 0);
  ExpectSame({32, 2, 7, 5}, MaxPool2x2, 0);
}

TEST(BlockedTraining, NormalisesAlike) {
  for (const bool relu : {false, true}) {
    torch::nn::BatchNorm2d norm(torch::nn::BatchNorm2dOptions(4));
    {
      torch::NoGradGuard no_grad;
      norm->weight.copy_(RandomTensor({4}, 5));
      norm->bias.copy_(RandomTensor({4}, 6));
    }
    ExpectSame(
        {32, 4, 6, 5}, [&](const Tensor& x) { return NormRelu(x, norm, relu); }, kRounding);
  }
}

TEST(BlockedTraining, ConvolvesAlike) {
  for (const int tile_size : {2, 4}) {
    const Tensor weight = RandomTensor({6, 5, tile_size + 2, tile_size + 2}, 3), bias = RandomTensor({6}, 4);
    ExpectSame(
        {16, 5, 9, 11}, [&](const Tensor& x) { return WinogradConvolution(x, weight, bias, 1, tile_size); }, kRounding);
  }
}

TEST(BlockedTraining, SpatialConvolutionsOfEitherStrideAlike) {
  for (const int64_t stride : {1, 2}) {
    SpatialConv2d conv({.in_channels = 5, .out_channels = 6, .kernel = 3, .stride = stride, .padding = 1});
    {
      torch::NoGradGuard no_grad;
      conv.kernel().copy_(RandomTensor({6, 5, 3, 3}, 7));
    }
    conv.train();
    ExpectSame(
        {16, 5, 8, 10}, [&](const Tensor& x) { return conv.forward(x); }, kRounding);
  }
}

// What is pruned is left out, and gets a gradient of exactly zero; the rest is as if nobody had been told.
TEST(WinogradTraining, LeavesOutWhatIsPruned) {
  for (const int tile_size : {2, 4}) {
    WinogradConv2d conv({.in_channels = 7, .out_channels = 9, .kernel = 3, .stride = 1, .padding = 1}, tile_size);
    const Tensor kept = (RandomTensor(conv.kernel().sizes().vec(), 1) > 0.4f);
    {
      torch::NoGradGuard no_grad;
      conv.kernel().copy_(RandomTensor(conv.kernel().sizes().vec(), 2) * kept);
    }
    const Tensor input = RandomTensor({16, 7, 10, 10}, 3), d_output = RandomTensor({16, 9, 10, 10}, 4);
    const Tensor divisors = RandomTensor({tile_size + 2, tile_size + 2}, 5).abs() + 1;
    std::vector<Tensor> outputs, d_inputs, d_weights;
    for (const bool told : {false, true}) {
      ASSERT_TRUE(conv.SetKept(told ? kept.to(torch::kUInt8) : Tensor()));
      ASSERT_TRUE(conv.SetGradientDivisors(told ? divisors : Tensor()));
      conv.kernel().mutable_grad().reset();
      Tensor x = input.clone().requires_grad_();
      outputs.push_back(conv.forward(x));
      outputs.back().backward(d_output);
      d_inputs.push_back(x.grad());
      d_weights.push_back(conv.kernel().grad().clone());
    }
    EXPECT_LT(MaxRelativeError(outputs[1], outputs[0]), kRounding);
    EXPECT_LT(MaxRelativeError(d_inputs[1], d_inputs[0]), kRounding);
    EXPECT_LT(MaxRelativeError(d_weights[1], d_weights[0] * kept / divisors), kRounding);
    EXPECT_EQ(d_weights[1].masked_select(kept.logical_not()).count_nonzero().item<int64_t>(), 0);
  }
}

}  // namespace
}  // namespace winnow::worker
