// Plans and runs for C. Nothing is computed here: arguments in, the C++ kernels, a code and a message out.
#include "kernels/c/winnow_kernels.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "kernels/c/arguments.h"
#include "kernels/c/counted_for.h"
#include "kernels/c/last_error.h"
#include "kernels/filter/packed_file.h"
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

// What all ways to make a plan do; `make` takes the options and the bias.
template <typename Make>
winnow_status MakePlan(Make make, const winnow_conv_options* options, const float* bias, size_t bias_count,
                       winnow_conv_plan** plan) {
  return Guarded([&]() -> Status {
    if (plan == nullptr) return InvalidArgument("plan is NULL; pass where the new plan's pointer is to be written");
    *plan = nullptr;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const ConvPlanOptions read, ReadOptions(options));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::span<const float> biases, ReadFloats("bias", bias, bias_count));
    WINNOW_ASSIGN_OR_RETURN_STATUS(ConvPlan made, make(read, biases));
    *plan = new winnow_conv_plan{std::move(made)};
    return OkStatus();
  });
}

Status CheckPath(const char* path) {
  return path != nullptr ? OkStatus() : InvalidArgument("path is NULL; name the packed filter's file");
}

Status WritePacked(const ConvPlan& plan, const char* path) {
  const PackedFilter* const filter = plan.packed_filter();
  if (filter == nullptr) {
    return FailedPrecondition("the plan is dense and has no packed filter: " + plan.ToString() +
                              "; make it with multiply = WINNOW_MULTIPLY_SPARSE");
  }
  return WritePackedFilter(*filter, path);
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
  const auto make = [&](const ConvPlanOptions& read, std::span<const float> biases) -> winnow::Result<ConvPlan> {
    WINNOW_ASSIGN_OR_RETURN(const std::span<const float> values, ReadFloats("weights", weights, weight_count));
    return MakeConvPlanFromWeights(read, values, biases);
  };
  return MakePlan(make, options, bias, bias_count, plan);
}

winnow_status winnow_conv_plan_from_coefficients(const winnow_conv_options* options, const float* coefficients,
                                                 size_t coefficient_count, const float* bias, size_t bias_count,
                                                 winnow_conv_plan** plan) {
  const auto make = [&](const ConvPlanOptions& read, std::span<const float> biases) -> winnow::Result<ConvPlan> {
    WINNOW_ASSIGN_OR_RETURN(const std::span<const float> values,
                            ReadFloats("coefficients", coefficients, coefficient_count));
    return MakeConvPlan(read, values, biases);
  };
  return MakePlan(make, options, bias, bias_count, plan);
}

winnow_status winnow_conv_plan_from_packed(const winnow_conv_options* options, const char* path, const float* bias,
                                           size_t bias_count, winnow_conv_plan** plan) {
  const auto make = [&](const ConvPlanOptions& read, std::span<const float> biases) -> winnow::Result<ConvPlan> {
    WINNOW_RETURN_ERR_IF_ERROR(CheckPath(path));
    WINNOW_ASSIGN_OR_RETURN(PackedFilter filter, MapPackedFilter(path));
    return MakeConvPlanFromPacked(read, std::move(filter), biases);
  };
  return MakePlan(make, options, bias, bias_count, plan);
}

winnow_status winnow_conv_plan_write_packed(const winnow_conv_plan* plan, const char* path) {
  return Guarded([&]() -> winnow::Status {
    if (plan == nullptr) return winnow::InvalidArgument("plan is NULL; make one with winnow_conv_plan_from_weights()");
    WINNOW_RETURN_IF_ERROR(CheckPath(path));
    return WritePacked(plan->plan, path);
  });
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
