#include "worker/nn/winograd_conv2d.h"

#include <gtest/gtest.h>

#include <cmath>
#include <tuple>

#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/nn/reference_winograd_conv.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr double kFastBound = 1e-4;  // of float32 against double, for F(4,3)

struct Shape {
  int64_t batch, in, out, height, width, padding;
};
void PrintTo(const Shape& s, std::ostream* to) {
  *to << "n" << s.batch << " c" << s.in << " k" << s.out << " h" << s.height << " w" << s.width << " p" << s.padding;
}

const Shape kShapes[] = {
    {1, 1, 1, 1, 1, 1},  {2, 3, 5, 4, 4, 1},  {1, 2, 3, 3, 3, 0},      {3, 4, 2, 5, 7, 1},
    {2, 3, 4, 13, 6, 0}, {1, 17, 9, 8, 8, 1}, {5, 1, 16, 9, 32, 1},    {2, 2, 2, 1, 11, 1},
    {1, 3, 3, 6, 5, 2},  {33, 5, 7, 8, 8, 1}, {70, 32, 16, 16, 16, 1},  // several blocks a thread
};

class WinogradConvolutionTest : public ::testing::TestWithParam<std::tuple<int, Shape>> {
 protected:
  int tile() const { return std::get<0>(GetParam()); }
  const Shape& shape() const { return std::get<1>(GetParam()); }
  Tensor Input() const { return RandomTensor({shape().batch, shape().in, shape().height, shape().width}, 1); }
  Tensor Weight() const { return RandomTensor({shape().out, shape().in, tile() + 2, tile() + 2}, 2); }
  Tensor Bias() const { return RandomTensor({shape().out}, 3); }
};

TEST_P(WinogradConvolutionTest, MatchesTheReferenceForwardsAndBackwards) {
  Tensor input = Input().requires_grad_(), weight = Weight().requires_grad_(), bias = Bias().requires_grad_();
  const Tensor output = WinogradConvolution(input, weight, bias, shape().padding, tile());

  Tensor input64 = Input().to(torch::kFloat64).requires_grad_(),
         weight64 = Weight().to(torch::kFloat64).requires_grad_();
  Tensor bias64 = Bias().to(torch::kFloat64).requires_grad_();
  const Tensor expected = ReferenceWinogradConvolution(input64, weight64, bias64, shape().padding, tile());
  ASSERT_EQ(output.sizes(), expected.sizes());
  EXPECT_LT(MaxRelativeError(output, expected), kFastBound);

  const Tensor d_output = RandomTensor(output.sizes().vec(), 4);
  output.backward(d_output);
  expected.backward(d_output.to(torch::kFloat64));
  EXPECT_LT(MaxRelativeError(input.grad(), input64.grad()), kFastBound);
  EXPECT_LT(MaxRelativeError(weight.grad(), weight64.grad()), kFastBound);
  EXPECT_LT(MaxRelativeError(bias.grad(), bias64.grad()), kFastBound);
}

TEST_P(WinogradConvolutionTest, GoesWithoutBias) {
  Tensor weight = Weight().requires_grad_();
  const Tensor output = WinogradConvolution(Input(), weight, Tensor(), shape().padding, tile());
  const Tensor zero = torch::zeros({shape().out});
  EXPECT_TRUE(torch::equal(output, WinogradConvolution(Input(), weight, zero, shape().padding, tile())));
  output.sum().backward();
  EXPECT_TRUE(weight.grad().defined());
}

// A filter that comes from the spatial domain gives LibTorch's convolution; in double up to rounding.
TEST_P(WinogradConvolutionTest, OfATransformedFilterIsTheConvolution) {
  const Tensor spatial = RandomTensor({shape().out, shape().in, 3, 3}, 5);
  const Tensor weight = ToWinogradDomain(spatial, tile());
  const Tensor expected = torch::conv2d(Input().to(torch::kFloat64), spatial.to(torch::kFloat64),
                                        Bias().to(torch::kFloat64), 1, shape().padding);
  EXPECT_LT(MaxRelativeError(WinogradConvolution(Input(), weight, Bias(), shape().padding, tile()), expected),
            kFastBound);
}

INSTANTIATE_TEST_SUITE_P(Shapes, WinogradConvolutionTest,
                         ::testing::Combine(::testing::Values(2, 4), ::testing::ValuesIn(kShapes)));

class WinogradGradient : public ::testing::TestWithParam<int> {};

// (L(w + h) - L(w - h)) / 2h for every single number that the layer takes.
void ExpectFiniteDifferences(const std::function<Tensor()>& loss, Tensor& variable, const char* name) {
  constexpr double kStep = 1e-5;
  const Tensor gradient = variable.grad().clone();
  torch::NoGradGuard no_grad;
  auto* values = variable.data_ptr<double>();
  for (int64_t i = 0; i < variable.numel(); ++i) {
    const double kept = values[i];
    values[i] = kept + kStep;
    const double above = loss().item<double>();
    values[i] = kept - kStep;
    const double below = loss().item<double>();
    values[i] = kept;
    const double expected = (above - below) / (2.0 * kStep);
    ASSERT_NEAR(gradient.flatten()[i].item<double>(), expected, 1e-6 * std::max(1.0, std::fabs(expected)))
        << name << " " << i;
  }
}

TEST_P(WinogradGradient, OfTheReferenceIsThatOfFiniteDifferences) {
  for (const Shape& shape : {Shape{2, 2, 3, 5, 6, 1}, Shape{1, 3, 2, 4, 3, 0}}) {
    const int tile = GetParam();
    Tensor input =
        RandomTensor({shape.batch, shape.in, shape.height, shape.width}, 6).to(torch::kFloat64).requires_grad_();
    Tensor weight = RandomTensor({shape.out, shape.in, tile + 2, tile + 2}, 7).to(torch::kFloat64).requires_grad_();
    Tensor bias = RandomTensor({shape.out}, 8).to(torch::kFloat64).requires_grad_();
    // Not linear in the output, so that a gradient at the wrong place shows.
    const auto loss = [&] {
      const Tensor output = ReferenceWinogradConvolution(input, weight, bias, shape.padding, tile);
      return (output * output).sum() + output.sin().sum();
    };
    loss().backward();
    ExpectFiniteDifferences(loss, input, "input");
    ExpectFiniteDifferences(loss, weight, "weight");
    ExpectFiniteDifferences(loss, bias, "bias");
  }
}

TEST_P(WinogradGradient, OfTheFilterTransformIsItsAdjoint) {
  Tensor weight = RandomTensor({4, 3, 3, 3}, 9).requires_grad_();
  const int64_t alpha = GetParam() + 2;
  const Tensor d_q = RandomTensor({4, 3, alpha, alpha}, 10);
  const Tensor q = ToWinogradDomain(weight, GetParam());
  q.backward(d_q);
  // <dQ, G V G^T> = <G^T dQ G, V> for any V, here V = W.
  EXPECT_NEAR((d_q * q).sum().item<double>(), (weight.grad() * weight).sum().item<double>(), 1e-4);
  EXPECT_GT(weight.grad().abs().sum().item<double>(), 0.0);
}

INSTANTIATE_TEST_SUITE_P(TileSizes, WinogradGradient, ::testing::Values(2, 4));

TEST(WinogradConvolution, LeavesOutTheGradientOfAnInputThatNeedsNone) {
  Tensor weight = RandomTensor({2, 1, 6, 6}, 1).requires_grad_();
  const Tensor input = RandomTensor({2, 1, 8, 8}, 2);
  WinogradConvolution(input, weight, Tensor(), 1, 4).sum().backward();
  EXPECT_TRUE(weight.grad().defined());
  EXPECT_FALSE(input.grad().defined());
}

TEST(WinogradConvolution, RepeatsBitForBitForAnyNumberOfThreads) {
  const Tensor input = RandomTensor({64, 16, 16, 16}, 1), weight = RandomTensor({16, 16, 6, 6}, 2);
  const Tensor d_output = RandomTensor({64, 16, 16, 16}, 3);
  const int threads = at::get_num_threads();
  std::vector<Tensor> outputs, d_inputs, d_weights;
  for (const int count : {1, 2, 2}) {
    at::set_num_threads(count);
    Tensor x = input.clone().requires_grad_(), w = weight.clone().requires_grad_();
    const Tensor y = WinogradConvolution(x, w, Tensor(), 1, 4);
    y.backward(d_output);
    outputs.push_back(y);
    d_inputs.push_back(x.grad());
    d_weights.push_back(w.grad());
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(outputs[1], outputs[2]));
  EXPECT_TRUE(torch::equal(d_inputs[1], d_inputs[2]));
  EXPECT_TRUE(torch::equal(d_weights[1], d_weights[2]));
  // The filter's gradient is summed thread by thread.
  EXPECT_LT(MaxRelativeError(d_weights[0], d_weights[1]), 1e-5);
}

TEST(SpatialConv2d, TrainsAsLibTorchsConvolutionWould) {
  const ConvGeometry geometry{
      .in_channels = 5, .out_channels = 6, .kernel = 3, .stride = 1, .padding = 1, .has_bias = true};
  SpatialConv2d conv(geometry);
  {
    torch::NoGradGuard no_grad;
    conv.kernel().copy_(RandomTensor({6, 5, 3, 3}, 1));
    conv.bias().copy_(RandomTensor({6}, 2));
  }
  conv.train();
  Tensor input = RandomTensor({3, 5, 10, 7}, 3).requires_grad_();
  const Tensor output = conv.forward(input);
  const Tensor d_output = RandomTensor(output.sizes().vec(), 4);
  output.backward(d_output);

  Tensor input64 = input.detach().to(torch::kFloat64).requires_grad_();
  Tensor weight64 = conv.kernel().detach().to(torch::kFloat64).requires_grad_();
  Tensor bias64 = conv.bias().detach().to(torch::kFloat64).requires_grad_();
  const Tensor expected = torch::conv2d(input64, weight64, bias64, 1, 1);
  expected.backward(d_output.to(torch::kFloat64));
  EXPECT_LT(MaxRelativeError(output, expected), kFastBound);
  EXPECT_LT(MaxRelativeError(input.grad(), input64.grad()), kFastBound);
  EXPECT_LT(MaxRelativeError(conv.kernel().grad(), weight64.grad()), kFastBound);
  EXPECT_LT(MaxRelativeError(conv.bias().grad(), bias64.grad()), kFastBound);

  conv.eval();
  EXPECT_LT(MaxRelativeError(conv.forward(input), expected), 1e-5);
}

}  // namespace
}  // namespace winnow::worker
