#include "worker/nn/norm_relu.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/worker/nn/random_tensor.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

struct NormCase {
  std::vector<int64_t> sizes;
  bool relu;
  float offset;  // of the input: variance far from zero must not get lost
};

torch::nn::BatchNorm2d MakeNorm(int64_t channels) {
  torch::nn::BatchNorm2d norm(torch::nn::BatchNorm2dOptions(channels).momentum(0.3));
  torch::NoGradGuard no_grad;
  norm->weight.copy_(RandomTensor({channels}, 11) + 0.5f);  // some are negative
  norm->bias.copy_(RandomTensor({channels}, 12));
  norm->running_mean.copy_(RandomTensor({channels}, 13));
  norm->running_var.copy_(RandomTensor({channels}, 14) + 1.1f);
  return norm;
}

class NormReluTest : public ::testing::TestWithParam<NormCase> {
 protected:
  Tensor Input() const { return RandomTensor(GetParam().sizes, 1) + GetParam().offset; }
  int64_t channels() const { return GetParam().sizes[1]; }
};

// LibTorch's own operations in double are the measure.
TEST_P(NormReluTest, TrainsAsLibTorchDoes) {
  torch::nn::BatchNorm2d norm = MakeNorm(channels()), norm64 = MakeNorm(channels());
  norm64->to(torch::kFloat64);
  Tensor input = Input().requires_grad_();
  const Tensor output = NormRelu(input, norm, GetParam().relu);
  Tensor input64 = Input().to(torch::kFloat64).requires_grad_();
  Tensor expected = norm64->forward(input64);
  if (GetParam().relu) expected = expected.relu();
  EXPECT_LT(MaxRelativeError(output, expected), 1e-5);
  EXPECT_LT(MaxRelativeError(norm->running_mean, norm64->running_mean), 1e-6);
  EXPECT_LT(MaxRelativeError(norm->running_var, norm64->running_var), 1e-5);

  const Tensor d_output = RandomTensor(GetParam().sizes, 2);
  output.backward(d_output);
  expected.backward(d_output.to(torch::kFloat64));
  EXPECT_LT(MaxRelativeError(norm->weight.grad(), norm64->weight.grad()), 1e-4);
  EXPECT_LT(MaxRelativeError(norm->bias.grad(), norm64->bias.grad()), 1e-4);
  EXPECT_LT(MaxRelativeError(input.grad(), input64.grad()), 1e-4);
}

TEST_P(NormReluTest, EvaluatesAsLibTorchDoes) {
  torch::nn::BatchNorm2d norm = MakeNorm(channels());
  norm->eval();
  torch::NoGradGuard no_grad;
  const Tensor mean_before = norm->running_mean.clone();
  Tensor expected = norm->forward(Input());
  if (GetParam().relu) expected = expected.relu();
  EXPECT_LT(MaxRelativeError(NormRelu(Input(), norm, GetParam().relu), expected), 1e-5);
  EXPECT_TRUE(torch::equal(norm->running_mean, mean_before));
}

TEST_P(NormReluTest, DoesNotDependOnTheNumberOfThreads) {
  const int threads = at::get_num_threads();
  std::vector<Tensor> outputs, gradients;
  for (const int count : {1, 2}) {
    at::set_num_threads(count);
    torch::nn::BatchNorm2d norm = MakeNorm(channels());
    Tensor input = Input().requires_grad_();
    outputs.push_back(NormRelu(input, norm, GetParam().relu));
    outputs.back().backward(RandomTensor(GetParam().sizes, 2));
    gradients.push_back(input.grad());
  }
  at::set_num_threads(threads);
  EXPECT_TRUE(torch::equal(outputs[0], outputs[1]));
  EXPECT_TRUE(torch::equal(gradients[0], gradients[1]));
}

INSTANTIATE_TEST_SUITE_P(Shapes, NormReluTest,
                         ::testing::Values(NormCase{{4, 3, 8, 8}, true, 0.0f}, NormCase{{4, 3, 8, 8}, false, 0.0f},
                                           NormCase{{2, 5, 3, 7}, true, 0.0f}, NormCase{{3, 1, 1, 1}, true, 0.0f},
                                           NormCase{{16, 17, 5, 5}, true, 100.0f},
                                           NormCase{{2, 2, 16, 16}, false, -7.0f}));

TEST(NormRelu, FallsBackToLibTorchInDoubleAndForGradientsOutsideTraining) {
  torch::nn::BatchNorm2d norm = MakeNorm(3);
  norm->to(torch::kFloat64);
  const Tensor input = RandomTensor({2, 3, 4, 4}, 1).to(torch::kFloat64);
  EXPECT_EQ(NormRelu(input, norm, true).scalar_type(), torch::kFloat64);

  torch::nn::BatchNorm2d fixed = MakeNorm(3);
  fixed->eval();
  Tensor x = RandomTensor({2, 3, 4, 4}, 1).requires_grad_();
  NormRelu(x, fixed, true).sum().backward();
  EXPECT_TRUE(x.grad().defined());
}

TEST(NormRelu, HandsNanOn) {
  torch::nn::BatchNorm2d norm = MakeNorm(2);
  Tensor input = RandomTensor({2, 2, 4, 4}, 1);
  input[0][1][2][2] = std::numeric_limits<float>::quiet_NaN();
  const Tensor output = NormRelu(input, norm, true);
  EXPECT_FALSE(torch::isnan(output.select(1, 0)).any().item<bool>());
  EXPECT_TRUE(torch::isnan(output.select(1, 1)).all().item<bool>());
}

}  // namespace
}  // namespace winnow::worker
