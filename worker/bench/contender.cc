#include "worker/bench/contender.h"

#include <torch/torch.h>

#include <algorithm>
#include <numeric>

#include "kernels/layout/aligned_floats.h"
#include "kernels/plan/choices.h"
#include "kernels/probe/fma_probe.h"
#include "kernels/tuning/kernel_tuner.h"
#include "worker/bench/library_versions.h"

namespace winnow::worker {
namespace {

kernels::ImageSizes InputSizes(const kernels::ConvShape& shape) {
  return {shape.batch, shape.in_channels, shape.height * shape.width};
}

Result<kernels::TunedPlan> PlanFor(const ConvProblem& problem, const kernels::ConvPlanOptions& options,
                                   PinnedThreads* threads, kernels::KernelTuner* tuner) {
  if (tuner != nullptr) {
    return tuner->MakePlan(options, problem.q, problem.bias,
                           [&](int64_t count, kernels::RangeBody body) { threads->For(count, body); });
  }
  WINNOW_ASSIGN_OR_RETURN(kernels::ConvPlan plan, kernels::MakeConvPlan(options, problem.q, problem.bias));
  return kernels::TunedPlan{std::move(plan)};
}

}  // namespace

struct OurContender::State {
  kernels::ConvPlan plan;
  bool tuned;
  kernels::AlignedFloats input;
  kernels::AlignedFloats output;
  PinnedThreads* threads;
  kernels::ScratchBuffer* scratch;
};

OurContender::OurContender(std::unique_ptr<State> state) : state_(std::move(state)) {}
OurContender::~OurContender() = default;

Result<std::unique_ptr<OurContender>> OurContender::Make(const ConvProblem& problem, PinnedThreads* threads,
                                                         kernels::ScratchBuffer* scratch, kernels::KernelTuner* tuner) {
  kernels::ConvPlanOptions options;
  options.shape = problem.shape;
  options.variant = problem.variant;
  options.threads = threads->threads();
  options.layout = kernels::ChooseLayout(problem.shape);
  WINNOW_ASSIGN_OR_RETURN(const kernels::TunedPlan made, PlanFor(problem, options, threads, tuner));
  const kernels::ConvPlan& plan = made.plan;
  scratch->Reserve(plan.ScratchBytes());
  kernels::AlignedFloats input(plan.InputElements()), output(plan.OutputElements());
  if (options.layout == kernels::TensorLayout::kNchw) {
    std::copy(problem.input.begin(), problem.input.end(), input.data());
  } else {
    kernels::NchwToBlocked(InputSizes(problem.shape), problem.input.data(), input.data());
  }
  return std::unique_ptr<OurContender>(new OurContender(
      std::make_unique<State>(State{plan, made.tuned, std::move(input), std::move(output), threads, scratch})));
}

void OurContender::Run() {
  State& s = *state_;
  kernels::Run(s.plan, s.input.span(), s.output.span(), s.scratch->bytes(),
               [&](int64_t count, kernels::RangeBody body) { s.threads->For(count, body); });
}

std::string OurContender::implementation() const {
  const kernels::ConvPlan& plan = state_->plan;
  return std::string(kernels::MultiplyKindName(plan.multiply())) + " " + std::string(kernels::IsaName(plan.isa())) +
         " (" + std::string(kernels::TensorLayoutName(plan.layout())) + ")";
}

std::vector<float> OurContender::Output() const {
  const std::span<const float> computed = state_->output.span();
  if (state_->plan.layout() == kernels::TensorLayout::kNchw) return {computed.begin(), computed.end()};
  const kernels::ConvShape& shape = state_->plan.shape();
  std::vector<float> nchw(static_cast<size_t>(shape.OutputSize()));
  kernels::BlockedToNchw({shape.batch, shape.out_channels, shape.OutHeight() * shape.OutWidth()}, computed.data(),
                         nchw.data());
  return nchw;
}

kernels::PhaseTimes OurContender::Profile() {
  State& s = *state_;
  return kernels::RunProfiled(s.plan, s.input.span(), s.output.span(), s.scratch->bytes(),
                              [&](int64_t count, kernels::RangeBody body) { s.threads->For(count, body); });
}

const kernels::ConvPlan& OurContender::plan() const { return state_->plan; }
bool OurContender::tuned() const { return state_->tuned; }

void ProbeContender::Run() {
  constexpr int64_t kRounds = 4096;  // some 30 us
  std::vector<int64_t> flops(static_cast<size_t>(threads_->threads()));
  threads_->For(threads_->threads(), [&](int64_t begin, int64_t end, int) {
    for (int64_t i = begin; i < end; ++i) {
      flops[static_cast<size_t>(i)] = kernels::RunFmaProbe(kernels::BestIsa(), kRounds);
    }
  });
  flops_ = static_cast<double>(std::accumulate(flops.begin(), flops.end(), int64_t{0}));
}

std::string ProbeContender::implementation() const { return "multiply-adds on registers"; }

namespace {

class TorchPeer : public Contender {
 public:
  explicit TorchPeer(const ConvProblem& problem) {
    const kernels::ConvShape& s = problem.shape;
    padding_ = s.padding;
    input_ = Copy(problem.input, {s.batch, s.in_channels, s.height, s.width});
    weight_ = Copy(problem.spatial, {s.out_channels, s.in_channels, 3, 3});
    bias_ = Copy(problem.bias, {s.out_channels});
  }

  void Run() override {
    torch::InferenceMode inference;
    output_ = torch::conv2d(input_, weight_, bias_, /*stride=*/1, padding_);
  }

  std::string implementation() const override { return "LibTorch " + LibTorchVersion() + " conv2d (nchw)"; }

 private:
  static torch::Tensor Copy(const std::vector<float>& values, at::IntArrayRef shape) {
    return torch::from_blob(const_cast<float*>(values.data()), shape, torch::kFloat32).clone();
  }

  int64_t padding_;
  torch::Tensor input_, weight_, bias_, output_;
};

}  // namespace

Result<std::unique_ptr<Contender>> MakeTorchPeer(const ConvProblem& problem) {
  return std::make_unique<TorchPeer>(problem);
}

Result<std::unique_ptr<Contender>> MakePeer(const std::string& name, const ConvProblem& problem) {
  if (name == "onednn-direct") return MakeOnednnPeer(/*winograd=*/false, problem);
  if (name == "onednn-winograd") return MakeOnednnPeer(/*winograd=*/true, problem);
  if (name == "torch") return MakeTorchPeer(problem);
  return Err(InvalidArgument("\"" + name + "\" is no peer; there are onednn-direct, onednn-winograd, torch"));
}

}  // namespace winnow::worker
