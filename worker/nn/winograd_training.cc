#include "worker/nn/winograd_training.h"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include "kernels/plan/scratch_buffer.h"
#include "kernels/train/training_conv.h"
#include "worker/nn/channel_loops.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/kernel_calls.h"
#include "worker/nn/step_profile.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// Batches of an epoch, its last one, and those of an evaluation.
constexpr size_t kRecent = 3;

void MarkPhase(kernels::TrainingPhase phase) {
  switch (phase) {
    case kernels::TrainingPhase::kFilters:
      return MarkStepPhase(StepPhase::kFilters);
    case kernels::TrainingPhase::kTransforms:
      return MarkStepPhase(StepPhase::kTransforms);
    case kernels::TrainingPhase::kForward:
      return MarkStepPhase(StepPhase::kForwardProducts);
    case kernels::TrainingPhase::kBackwardData:
      return MarkStepPhase(StepPhase::kBackwardDataProducts);
    case kernels::TrainingPhase::kBackwardWeights:
      return MarkStepPhase(StepPhase::kBackwardWeightsProducts);
    case kernels::TrainingPhase::kEnd:
      return MarkStepPhase(std::nullopt);
  }
}

// One for all layers, so that it stays in the caches; layers take turns on a thread.
std::span<std::byte> Scratch(size_t bytes) {
  thread_local kernels::ScratchBuffer scratch;
  scratch.Reserve(bytes);
  return scratch.bytes();
}

// The gradient of the bias; of either layout, because planes of a channel are dense in both.
Tensor SumOfChannels(const Tensor& d_output) {
  const int64_t channels = d_output.size(1), planes = d_output.size(0);
  const int64_t plane = d_output.numel() / (channels * planes);
  Tensor sums = torch::empty({channels}, torch::kFloat32);
  const float* dy = d_output.data_ptr<float>();
  auto* to = sums.data_ptr<float>();
  at::parallel_for(0, channels, 1, [&](int64_t begin, int64_t end) {
    const PhaseTimer timer(StepPhase::kTransforms);
    for (int64_t channel = begin; channel < end; ++channel) {
      double sum = 0.0;
      for (int64_t i = 0; i < planes; ++i) sum += SumPlane(dy + (i * channels + channel) * plane, plane);
      to[channel] = static_cast<float>(sum);
    }
  });
  return sums;
}

}  // namespace

namespace {

bool& KeepSetting() {
  static bool keep = [] {
    const char* const text = std::getenv("WINNOW_KEEP_TRANSFORMED");
    return text != nullptr && std::string_view(text) == "1";
  }();
  return keep;
}

}  // namespace

bool KeepsTransformedInputs() { return KeepSetting(); }
void KeepTransformedInputs(bool keep) { KeepSetting() = keep; }

struct WinogradTraining::Kernels {
  explicit Kernels(kernels::TrainingConv made) : conv(std::move(made)) {}
  kernels::TrainingConv conv;
  Tensor scale;
};

namespace {

// In a capsule, so that the autograd node can keep it.
struct Held : torch::CustomClassHolder {
  explicit Held(std::shared_ptr<WinogradTraining::Kernels> kernels) : kernels(std::move(kernels)) {}
  std::shared_ptr<WinogradTraining::Kernels> kernels;
};

// `bias` has no elements where the layer has none: LibTorch 1.13 takes no undefined tensor here.
class WinogradFunction : public torch::autograd::Function<WinogradFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const Tensor& bias, std::shared_ptr<WinogradTraining::Kernels> kernels, bool keep) {
    const Tensor dense = input.contiguous(), filter = weight.contiguous();
    kernels::TrainingConv& conv = kernels->conv;
    const kernels::ConvShape& shape = conv.options().shape;
    std::vector<int64_t> sizes = dense.sizes().vec();
    sizes[1] = shape.out_channels;
    sizes[2] = shape.OutHeight();
    sizes[3] = shape.OutWidth();
    Tensor output = torch::empty(sizes, torch::kFloat32);
    conv.SetFilter(SpanOf(filter), ForLibTorch);
    const Tensor transformed = torch::empty({keep ? conv.SavedFloats() : 0}, torch::kFloat32);
    conv.Forward(dense.data_ptr<float>(), bias.numel() > 0 ? bias.data_ptr<float>() : nullptr, output.data_ptr<float>(),
                 Scratch(conv.ForwardScratchBytes()), ForLibTorch, keep ? transformed.data_ptr<float>() : nullptr);
    context->save_for_backward({dense, weight, transformed});
    context->saved_data["kernels"] = c10::IValue::make_capsule(c10::make_intrusive<Held>(std::move(kernels)));
    context->saved_data["wants_input"] = input.requires_grad();
    context->saved_data["wants_bias"] = bias.numel() > 0;
    return output;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list d_outputs) {
    const auto saved = context->get_saved_variables();
    const Tensor &input = saved[0], &weight = saved[1], &transformed = saved[2];
    const Tensor d_output = d_outputs[0].contiguous();
    const auto held = context->saved_data["kernels"].toCapsule();
    const WinogradTraining::Kernels& kernels = *static_cast<const Held&>(*held).kernels;
    Tensor d_input, d_bias, d_weight = torch::empty(weight.sizes(), torch::kFloat32);
    if (context->saved_data["wants_input"].toBool()) d_input = torch::empty(input.sizes(), torch::kFloat32);
    const kernels::TrainingGradients gradients{
        .dx = d_input.defined() ? d_input.data_ptr<float>() : nullptr,
        .dq = d_weight.data_ptr<float>(),
        .scale = kernels.scale.defined() ? kernels.scale.data_ptr<float>() : nullptr};
    kernels.conv.Backward(input.data_ptr<float>(), d_output.data_ptr<float>(), gradients,
                          Scratch(kernels.conv.BackwardScratchBytes()), ForLibTorch,
                          transformed.numel() > 0 ? transformed.data_ptr<float>() : nullptr);
    if (context->saved_data["wants_bias"].toBool()) d_bias = SumOfChannels(d_output);
    return {d_input, d_weight, d_bias, Tensor(), Tensor()};
  }
};

}  // namespace

WinogradTraining::WinogradTraining(int tile_size) : tile_size_(tile_size) {}
WinogradTraining::~WinogradTraining() = default;

void WinogradTraining::SetKept(const Tensor& kept) {
  recent_.clear();
  kept_.clear();
  if (!kept.defined()) return;
  const Tensor dense = kept.contiguous();
  kept_.assign(dense.data_ptr<uint8_t>(), dense.data_ptr<uint8_t>() + dense.numel());
}

void WinogradTraining::SetGradientDivisors(const Tensor& divisors) {
  recent_.clear();
  scale_ = divisors.defined() ? divisors.reciprocal().contiguous() : Tensor();
}

std::shared_ptr<WinogradTraining::Kernels> WinogradTraining::KernelsFor(const Tensor& input, int64_t out_channels,
                                                                        int64_t padding) {
  const bool blocked = IsBlocked(input);
  kernels::TrainingConvOptions options;
  options.shape = {.batch = blocked ? input.size(0) * kernels::kImageBlock : input.size(0),
                   .in_channels = input.size(1),
                   .out_channels = out_channels,
                   .height = input.size(2),
                   .width = input.size(3),
                   .padding = padding};
  options.variant = VariantOf(tile_size_);
  options.threads = at::get_num_threads();
  options.layout = blocked ? kernels::TensorLayout::kBlocked16 : kernels::TensorLayout::kNchw;
  options.on_phase = MarkPhase;
  const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const auto& kernels) {
    const kernels::TrainingConvOptions& known = kernels->conv.options();
    return known.shape == options.shape && known.layout == options.layout && known.threads == options.threads;
  });
  if (found != recent_.end()) {
    std::rotate(recent_.begin(), found, found + 1);
    return recent_.front();
  }
  Result<kernels::TrainingConv> conv = kernels::TrainingConv::Make(options, kept_);
  TORCH_CHECK(conv.has_value(), conv ? "" : conv.error().message());
  auto made = std::make_shared<Kernels>(*std::move(conv));
  made->scale = scale_;
  if (recent_.size() == kRecent) recent_.pop_back();
  recent_.insert(recent_.begin(), made);
  return made;
}

Tensor WinogradTraining::Convolve(const Tensor& input, const Tensor& weight, const Tensor& bias, int64_t padding) {
  const Tensor given_bias = bias.defined() ? bias.contiguous() : torch::empty({0});
  const bool backward_follows = torch::GradMode::is_enabled() && weight.requires_grad();
  return WinogradFunction::apply(input, weight, given_bias, KernelsFor(input, weight.size(0), padding),
                                 backward_follows && KeepsTransformedInputs());
}

}  // namespace winnow::worker
