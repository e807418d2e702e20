#include "worker/nn/seeded_dropout.h"

#include <gtest/gtest.h>

#include "tests/unit/worker/nn/random_tensor.h"

namespace winnow::worker {
namespace {

torch::Tensor MaskOf(double probability, uint32_t place, uint64_t seed, uint64_t step) {
  SeededDropout dropout(probability, place);
  dropout->train();
  dropout->SetStep(seed, step);
  return dropout->forward(torch::ones({37, 101}));
}

TEST(SeededDropout, MaskIsAFunctionOfSeedStepAndPlace) {
  const torch::Tensor mask = MaskOf(0.5, 0, 3, 10);
  EXPECT_TRUE(torch::equal(mask, MaskOf(0.5, 0, 3, 10)));
  EXPECT_FALSE(torch::equal(mask, MaskOf(0.5, 0, 3, 11)));
  EXPECT_FALSE(torch::equal(mask, MaskOf(0.5, 0, 4, 10)));
  EXPECT_FALSE(torch::equal(mask, MaskOf(0.5, 1, 3, 10)));
}

TEST(SeededDropout, DropsItsShareAndScalesTheRest) {
  const torch::Tensor mask = MaskOf(0.2, 0, 1, 1);
  const double dropped = (mask == 0).to(torch::kFloat64).mean().item<double>();
  // Five deviations of a binomial with n = 3737, p = 0.2.
  EXPECT_NEAR(dropped, 0.2, 5 * 0.00655);
  EXPECT_TRUE(torch::equal(mask.masked_select(mask != 0), torch::full_like(mask.masked_select(mask != 0), 1.25f)));
}

TEST(SeededDropout, DoesNothingOutsideTrainingOrWithProbabilityZero) {
  const torch::Tensor input = RandomTensor({3, 5}, 1);
  SeededDropout dropout(0.5, 0);
  dropout->eval();
  EXPECT_TRUE(dropout->forward(input).is_same(input));
  SeededDropout none(0.0, 0);
  none->train();
  EXPECT_TRUE(none->forward(input).is_same(input));
}

TEST(SeededDropout, GradientGoesWhereTheValueWent) {
  SeededDropout dropout(0.5, 0);
  dropout->train();
  dropout->SetStep(1, 1);
  torch::Tensor input = torch::ones({50}).requires_grad_();
  const torch::Tensor output = dropout->forward(input);
  output.sum().backward();
  EXPECT_TRUE(torch::equal(input.grad(), output.detach()));
}

}  // namespace
}  // namespace winnow::worker
