#include "worker/nn/max_pool.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/worker/nn/random_tensor.h"

namespace winnow::worker {
namespace {

TEST(MaxPool2x2, IsLibTorchsForwardsAndBackwards) {
  for (const auto& sizes : std::vector<std::vector<int64_t>>{{2, 3, 8, 8}, {1, 1, 2, 2}, {2, 2, 7, 5}, {1, 4, 3, 6}}) {
    SCOPED_TRACE(::testing::PrintToString(sizes));
    torch::Tensor input = RandomTensor(sizes, 1).requires_grad_();
    torch::Tensor same = input.detach().clone().requires_grad_();
    const torch::Tensor output = MaxPool2x2(input), expected = torch::max_pool2d(same, 2);
    ASSERT_TRUE(torch::equal(output, expected));
    const torch::Tensor d_output = RandomTensor(output.sizes().vec(), 2);
    output.backward(d_output);
    expected.backward(d_output);
    EXPECT_TRUE(torch::equal(input.grad(), same.grad()));
  }
}

TEST(MaxPool2x2, GivesTheGradientOfEqualValuesToTheFirst) {
  torch::Tensor input = torch::zeros({1, 1, 4, 4}).requires_grad_();
  MaxPool2x2(input).sum().backward();
  torch::Tensor expected = torch::zeros({1, 1, 4, 4});
  for (const int64_t row : {0, 2}) {
    for (const int64_t column : {0, 2}) expected[0][0][row][column] = 1.0f;
  }
  EXPECT_TRUE(torch::equal(input.grad(), expected));
}

TEST(MaxPool2x2, HandsNanOn) {
  for (int64_t place = 0; place < 4; ++place) {
    torch::Tensor input = torch::ones({1, 1, 2, 2});
    input.view({4})[place] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_TRUE(torch::isnan(MaxPool2x2(input)).item<bool>()) << place;
  }
}

TEST(MaxPool2x2, TakesDoublesByLibTorch) {
  const torch::Tensor input = RandomTensor({1, 2, 4, 4}, 3).to(torch::kFloat64);
  EXPECT_TRUE(torch::equal(MaxPool2x2(input), torch::max_pool2d(input, 2)));
}

}  // namespace
}  // namespace winnow::worker
