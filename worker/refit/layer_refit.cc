#include "worker/refit/layer_refit.h"

#include <algorithm>

namespace winnow::worker {
namespace {

using torch::Tensor;

constexpr double kReduction = 1e-4;                  // of the residual's norm
constexpr int64_t kPreconditionerFloats = 48 << 20;  // held at a time

// r -> M_SS^-1 r of each kernel, for rows that keep `kept` [rows, n]. In double, because Hessians of F(4,3) have
// condition numbers beyond what float32 inverts.
Tensor Preconditioner(const Tensor& kernel_hessians, const Tensor& kept) {
  const int64_t channels = kernel_hessians.size(0), positions = kernel_hessians.size(1);
  const Tensor keep = kept.view({-1, channels, positions}).to(torch::kFloat64);
  Tensor blocks = kernel_hessians.to(kept.device()).unsqueeze(0) * keep.unsqueeze(3) * keep.unsqueeze(2);
  blocks.diagonal(0, 2, 3).add_(1 - keep);
  Tensor inverse = torch::inverse(blocks) * keep.unsqueeze(3) * keep.unsqueeze(2);
  return ((inverse + inverse.transpose(2, 3)) * 0.5).to(torch::kFloat32).view({-1, positions, positions});
}

Tensor Apply(const Tensor& preconditioner, const Tensor& r) {
  return torch::bmm(preconditioner, r.reshape({preconditioner.size(0), preconditioner.size(1), 1})).view(r.sizes());
}

// a / b, or 0 where b is not above 0: of channels that are done.
Tensor Ratio(const Tensor& a, const Tensor& b) {
  return torch::where(b > 0, a / b.clamp_min(1e-37), torch::zeros_like(a)).unsqueeze(1);
}

Tensor RefitRows(const RefitProblem& problem, int64_t begin, int64_t end, int iterations) {
  const Tensor kept = problem.kept.slice(0, begin, end), keep = kept.to(torch::kFloat32);
  const Tensor start = problem.start.slice(0, begin, end);
  const Tensor preconditioner = Preconditioner(problem.kernel_hessians, kept);
  Tensor residual = torch::mm(problem.target.slice(0, begin, end) - start, problem.hessian) * keep;
  Tensor step = torch::zeros_like(start);
  Tensor z = Apply(preconditioner, residual);
  Tensor direction = z.clone();
  Tensor rz = (residual * z).sum(1);
  const Tensor enough = rz * (kReduction * kReduction);
  for (int i = 0; i < iterations && (rz > enough).any().item<bool>(); ++i) {
    const Tensor curved = torch::mm(direction, problem.hessian) * keep;
    const Tensor length = Ratio(rz, (direction * curved).sum(1)) * (rz > enough).unsqueeze(1);
    step.addcmul_(length, direction);
    residual.addcmul_(length, curved, -1);
    z = Apply(preconditioner, residual);
    const Tensor rz_next = (residual * z).sum(1);
    direction = z + Ratio(rz_next, rz) * direction;
    rz = rz_next;
  }
  return (start + step) * keep;
}

}  // namespace

Tensor RefitLayer(const RefitProblem& problem, int iterations) {
  torch::NoGradGuard no_grad;
  const int64_t rows = problem.start.size(0), n = problem.start.size(1);
  const int64_t positions = problem.kernel_hessians.size(1);
  const int64_t at_a_time = std::max<int64_t>(1, kPreconditionerFloats / (n * positions));
  std::vector<Tensor> parts;
  for (int64_t begin = 0; begin < rows; begin += at_a_time) {
    parts.push_back(RefitRows(problem, begin, std::min(rows, begin + at_a_time), iterations));
  }
  return torch::cat(parts);
}

Tensor OutputErrors(const RefitProblem& problem, const Tensor& x) {
  torch::NoGradGuard no_grad;
  const Tensor change = x - problem.target;
  return (torch::mm(change, problem.hessian) * change).sum(1);
}

}  // namespace winnow::worker
