#include "worker/refit/layer_refit.h"

#include <gtest/gtest.h>

#include "tests/unit/worker/nn/random_tensor.h"
#include "worker/refit/layer_moments.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// A layer of 5 output and 3 input channels under inputs that correlate across channels; half of it pruned.
class LayerRefitTest : public ::testing::TestWithParam<int> {
 protected:
  LayerRefitTest() {
    const int64_t positions = (GetParam() + 2) * (GetParam() + 2), n = 3 * positions;
    const Tensor v = RandomTensor({n, 4 * n}, 1) + 0.5;
    moments_.second = torch::mm(v, v.t()) / static_cast<double>(4 * n);
    moments_.mean = v.mean(1);
    moments_.blocks = torch::empty({3, positions, positions});
    for (int64_t c = 0; c < 3; ++c) {
      moments_.blocks[c] =
          moments_.second.slice(0, c * positions, (c + 1) * positions).slice(1, c * positions, (c + 1) * positions);
    }
    problem_.kernel_hessians = KernelHessians(moments_, GetParam(), false);
    problem_.hessian = LayerHessian(moments_, GetParam(), false);
    problem_.target = RandomTensor({5, n}, 2);
    problem_.kept = (RandomTensor({5, n}, 3) > 0).to(torch::kUInt8);
    problem_.kept[4].zero_();  // a channel of which nothing is left
    problem_.start = problem_.target * problem_.kept;
  }

  LayerMoments moments_;
  RefitProblem problem_;
};

TEST_P(LayerRefitTest, ComesNearTheLeastSquaresSolution) {
  const Tensor found = RefitLayer(problem_, 400);
  const Tensor hessian = problem_.hessian.to(torch::kFloat64), target = problem_.target.to(torch::kFloat64);
  for (int64_t row = 0; row < 4; ++row) {
    const Tensor s = problem_.kept[row].nonzero().flatten();
    const Tensor own = hessian.index_select(0, s).index_select(1, s);
    const Tensor right = torch::mv(hessian, target[row]).index_select(0, s);
    Tensor best = torch::zeros_like(target[row]);
    best.index_copy_(0, s, torch::linalg_solve(own, right));
    const auto error = [&](const Tensor& x) {
      const Tensor change = x.to(torch::kFloat64) - target[row];
      return torch::dot(change, torch::mv(hessian, change)).item<double>();
    };
    EXPECT_LT(error(found[row]), 1.02 * error(best)) << "row " << row;
    EXPECT_LT(error(found[row]), error(problem_.start[row])) << "row " << row;
  }
}

TEST_P(LayerRefitTest, LeavesWhatIsPrunedAtZero) {
  const Tensor found = RefitLayer(problem_, 10);
  EXPECT_EQ((found * problem_.kept.eq(0)).abs().max().item<float>(), 0.0f);
  EXPECT_TRUE(torch::isfinite(found).all().item<bool>());
}

TEST_P(LayerRefitTest, GetsBetterWithEveryIteration) {
  double before = OutputErrors(problem_, problem_.start).sum().item<double>();
  for (const int iterations : {1, 4, 16, 64}) {
    const double error = OutputErrors(problem_, RefitLayer(problem_, iterations)).sum().item<double>();
    EXPECT_LT(error, before * (1 + 1e-5)) << iterations << " iterations";
    before = error;
  }
}

TEST_P(LayerRefitTest, StaysWhereNothingIsPruned) {
  problem_.kept.fill_(1);
  problem_.start = problem_.target.clone();
  EXPECT_TRUE(torch::allclose(RefitLayer(problem_, 20), problem_.target));
}

INSTANTIATE_TEST_SUITE_P(TileSizes, LayerRefitTest, ::testing::Values(2, 4));

}  // namespace
}  // namespace winnow::worker
