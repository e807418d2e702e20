// One small layer, as a C caller holds it.
#ifndef TESTS_UNIT_KERNELS_C_C_LAYER_H_
#define TESTS_UNIT_KERNELS_C_C_LAYER_H_

#include <memory>
#include <vector>

#include "kernels/c/winnow_kernels.h"
#include "kernels/reference/direct_conv.h"
#include "tests/unit/kernels/random_floats.h"

namespace winnow::kernels {

struct DestroyPlan {
  void operator()(winnow_conv_plan* plan) const { winnow_conv_plan_destroy(plan); }
};
struct FreeMemory {
  void operator()(void* scratch) const { winnow_scratch_free(scratch); }
};
using CPlan = std::unique_ptr<winnow_conv_plan, DestroyPlan>;

// Options, filter and buffers that fit one another; a test changes what it is about. Two images of 3 -> 4 channels.
struct CLayer {
  static constexpr ConvShape kShape{2, 3, 4, 9, 7, 1};
  static constexpr uint32_t kSeed = 5;

  CLayer() {
    options.batch = kShape.batch;
    options.in_channels = kShape.in_channels;
    options.out_channels = kShape.out_channels;
    options.height = kShape.height;
    options.width = kShape.width;
  }

  winnow_status Make(CPlan& plan) {
    winnow_conv_plan* made = nullptr;
    const winnow_status status =
        winnow_conv_plan_from_weights(&options, weights.data(), weights.size(), bias.data(), bias.size(), &made);
    plan.reset(made);
    return status;
  }

  // Buffers that fit `plan`.
  void Fit(const CPlan& plan) {
    output.assign(winnow_conv_plan_output_elements(plan.get()), -1.0f);
    buffers.input = input.data();
    buffers.input_count = input.size();
    buffers.output = output.data();
    buffers.output_count = output.size();
    buffers.scratch_bytes = winnow_conv_plan_scratch_bytes(plan.get());
    scratch.reset(winnow_scratch_allocate(buffers.scratch_bytes));
    buffers.scratch = scratch.get();
  }

  std::vector<double> Expected() const { return DirectConv(kShape, input, weights, bias); }

  winnow_conv_options options = WINNOW_CONV_OPTIONS_INIT;
  winnow_conv_buffers buffers = WINNOW_CONV_BUFFERS_INIT;
  std::vector<float> weights = RandomFloats(kShape.FilterSize(), kSeed);
  std::vector<float> bias = RandomFloats(kShape.out_channels, kSeed + 1);
  std::vector<float> input = RandomFloats(kShape.InputSize(), kSeed + 2);
  std::vector<float> output;
  std::unique_ptr<void, FreeMemory> scratch;
};

}  // namespace winnow::kernels

#endif  // TESTS_UNIT_KERNELS_C_C_LAYER_H_
