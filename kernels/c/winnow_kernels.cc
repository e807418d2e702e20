// Plans and runs for C. Nothing is computed here: arguments in, the C++ kernels, a code and a message out.
#include "kernels/c/winnow_kernels.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/c/arguments.h"
#include "kernels/c/counted_for.h"
#include "kernels/c/last_error.h"
#include "kernels/plan/check_run.h"
#include "kernels/plan/conv_plan.h"
#include "kernels/plan/scratch_buffer.h"

struct winnow_conv_plan {
  winnow::kernels::ConvPlan plan;
};

namespace winnow::kernels {
namespace {

static_assert(std::string_view(WINNOW_KERNELS_VERSION) == WINNOW_PROJECT_VERSION,
              "the version in winnow_kernels.h is not the project's in CMakeLists.txt");
static_assert(WINNOW_SCRATCH_ALIGNMENT == kScratchAlignment);

// What both ways to make a plan do; `make` is MakeConvPlanFromWeights or MakeConvPlan.
template <typename Make>
winnow_status MakePlan(Make make, const char* name, const winnow_conv_options* options, const float* filter,
                       size_t filter_count, const float* bias, size_t bias_count, winnow_conv_plan** plan) {
  return Guarded([&]() -> Status {
    if (plan == nullptr) return InvalidArgument("plan is NULL; pass where the new plan's pointer is to be written");
    *plan = nullptr;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const ConvPlanOptions read, ReadOptions(options));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::span<const float> values, ReadFloats(name, filter, filter_count));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::span<const float> biases, ReadFloats("bias", bias, bias_count));
    WINNOW_ASSIGN_OR_RETURN_STATUS(ConvPlan made, make(read, values, biases));
    *plan = new winnow_conv_plan{std::move(made)};
    return OkStatus();
  });
}

Status CheckPointers(const winnow_conv_buffers& b) {
  if (b.input == nullptr) return InvalidArgument("winnow_conv_buffers.input is NULL");
  if (b.output == nullptr) return InvalidArgument("winnow_conv_buffers.output is NULL");
  if (b.scratch == nullptr) {
    return InvalidArgument("winnow_conv_buffers.scratch is NULL; winnow_scratch_allocate() makes some");
  }
  return CheckFloats("winnow_conv_buffers.residual", b.residual, b.residual_count);
}

Status RunOn(const ConvPlan& plan, const winnow_conv_buffers& b, ParallelFor parallel_for) {
  const std::span<const float> input(b.input, b.input_count), residual(b.residual, b.residual_count);
  const std::span<float> output(b.output, b.output_count);
  const std::span<std::byte> scratch(static_cast<std::byte*>(b.scratch), b.scratch_bytes);
  WINNOW_RETURN_IF_ERROR(CheckRun(plan, input, output, scratch, residual));
  if (residual.empty()) {
    Run(plan, input, output, scratch, parallel_for);
  } else {
    RunWithResidual(plan, input, residual, output, scratch, parallel_for);
  }
  return OkStatus();
}

}  // namespace
}  // namespace winnow::kernels

using namespace winnow::kernels;  // NOLINT: what follows is of no namespace

const char* winnow_kernels_version(void) { return WINNOW_KERNELS_VERSION; }

winnow_status winnow_conv_plan_from_weights(const winnow_conv_options* options, const float* weights,
                                            size_t weight_count, const float* bias, size_t bias_count,
                                            winnow_conv_plan** plan) {
  return MakePlan(MakeConvPlanFromWeights, "weights", options, weights, weight_count, bias, bias_count, plan);
}

winnow_status winnow_conv_plan_from_coefficients(const winnow_conv_options* options, const float* coefficients,
                                                 size_t coefficient_count, const float* bias, size_t bias_count,
                                                 winnow_conv_plan** plan) {
  return MakePlan(MakeConvPlan, "coefficients", options, coefficients, coefficient_count, bias, bias_count, plan);
}

void winnow_conv_plan_destroy(winnow_conv_plan* plan) { delete plan; }

size_t winnow_conv_plan_input_elements(const winnow_conv_plan* plan) {
  return plan == nullptr ? 0 : static_cast<size_t>(plan->plan.InputElements());
}

size_t winnow_conv_plan_output_elements(const winnow_conv_plan* plan) {
  return plan == nullptr ? 0 : static_cast<size_t>(plan->plan.OutputElements());
}

size_t winnow_conv_plan_scratch_bytes(const winnow_conv_plan* plan) {
  return plan == nullptr ? 0 : plan->plan.ScratchBytes();
}

double winnow_conv_plan_density(const winnow_conv_plan* plan) { return plan == nullptr ? 0 : plan->plan.Density(); }

size_t winnow_conv_plan_describe(const winnow_conv_plan* plan, char* buffer, size_t buffer_bytes) {
  const bool writes = buffer != nullptr && buffer_bytes > 0;
  if (writes) buffer[0] = '\0';
  if (plan == nullptr) return 0;
  try {
    const std::string text = plan->plan.ToString();
    if (writes) buffer[text.copy(buffer, buffer_bytes - 1)] = '\0';
    return text.size();
  } catch (...) {  // no memory for a line of text; not worth a code
    return 0;
  }
}

winnow_status winnow_conv_run(const winnow_conv_plan* plan, const winnow_conv_buffers* buffers,
                              winnow_parallel_for parallel_for, void* context) {
  return Guarded([&]() -> winnow::Status {
    if (plan == nullptr) return winnow::InvalidArgument("plan is NULL; make one with winnow_conv_plan_from_weights()");
    WINNOW_ASSIGN_OR_RETURN_STATUS(const winnow_conv_buffers read, ReadBuffers(buffers));
    WINNOW_RETURN_IF_ERROR(CheckPointers(read));
    if (parallel_for == nullptr) return RunOn(plan->plan, read, SerialFor);
    CountedFor counted(parallel_for, context, plan->plan.threads());
    WINNOW_RETURN_IF_ERROR(RunOn(plan->plan, read, counted));
    return counted.status();
  });
}

void* winnow_scratch_allocate(size_t scratch_bytes) { return AllocateScratch(scratch_bytes); }

void winnow_scratch_free(void* scratch) { FreeScratch(static_cast<std::byte*>(scratch)); }
