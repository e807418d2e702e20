#include "kernels/plan/check_run.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "kernels/plan/plan_state.h"

namespace winnow::kernels {
namespace {

// Addresses, not pointers: only these may be compared between unrelated buffers. Sizes come from the caller as they
// are, so that their sums may not be trusted not to wrap.
struct Buffer {
  template <typename T>
  Buffer(const char* its_name, std::span<const T> span)
      : name(its_name),
        elements(span.size()),
        begin(reinterpret_cast<uintptr_t>(span.data())),
        end(elements > (UINTPTR_MAX - begin) / sizeof(T) ? UINTPTR_MAX : begin + elements * sizeof(T)) {}

  const char* name;
  size_t elements;
  uintptr_t begin;
  uintptr_t end;
};

Status Refuse(const ConvPlan& plan, const std::string& why) {
  return InvalidArgument("convolution run of " + plan.shape().ToString() + ": " + why);
}

Status CheckTensor(const ConvPlan& plan, const Buffer& tensor, int64_t elements) {
  if (tensor.elements != static_cast<size_t>(elements)) {
    return Refuse(plan, std::string(tensor.name) + " has " + std::to_string(tensor.elements) + " floats, in layout " +
                            std::string(TensorLayoutName(plan.layout())) + " it needs " + std::to_string(elements));
  }
  if (tensor.begin % alignof(float) != 0) {
    return Refuse(plan, std::string(tensor.name) + " begins " + std::to_string(tensor.begin % alignof(float)) +
                            " bytes past a multiple of 4; align it as floats are");
  }
  return OkStatus();
}

Status CheckScratch(const ConvPlan& plan, const Buffer& scratch) {
  if (scratch.elements < plan.ScratchBytes()) {
    return Refuse(plan, "scratch has " + std::to_string(scratch.elements) + " bytes, the plan needs " +
                            std::to_string(plan.ScratchBytes()));
  }
  if (scratch.begin % kScratchAlignment != 0) {
    return Refuse(plan, "scratch begins " + std::to_string(scratch.begin % kScratchAlignment) +
                            " bytes past a multiple of " + std::to_string(kScratchAlignment) +
                            "; align it, as ScratchBuffer does");
  }
  return OkStatus();
}

Status CheckApart(const ConvPlan& plan, const Buffer& written, const Buffer& other) {
  const uintptr_t begin = std::max(written.begin, other.begin);
  const uintptr_t end = std::min(written.end, other.end);
  if (begin >= end) return OkStatus();
  return Refuse(plan, std::string(written.name) + " and " + other.name + " share " + std::to_string(end - begin) +
                          " bytes; give each memory of its own");
}

Status CheckResidual(const ConvPlan& plan, const Buffer& residual, const Buffer& output) {
  if (!plan.state().options.residual) {
    return Refuse(plan, "a residual is given, but the plan was made without ConvPlanOptions.residual");
  }
  WINNOW_RETURN_IF_ERROR(CheckTensor(plan, residual, plan.OutputElements()));
  // The output itself is fine: every element is read before it is written.
  return residual.begin == output.begin ? OkStatus() : CheckApart(plan, output, residual);
}

}  // namespace

Status CheckRun(const ConvPlan& plan, std::span<const float> input, std::span<const float> output,
                std::span<const std::byte> scratch, std::span<const float> residual) {
  const Buffer in("input", input), out("output", output), work("scratch", scratch), added("residual", residual);
  WINNOW_RETURN_IF_ERROR(CheckTensor(plan, in, plan.InputElements()));
  WINNOW_RETURN_IF_ERROR(CheckTensor(plan, out, plan.OutputElements()));
  WINNOW_RETURN_IF_ERROR(CheckScratch(plan, work));
  if (!residual.empty()) {
    WINNOW_RETURN_IF_ERROR(CheckResidual(plan, added, out));
    WINNOW_RETURN_IF_ERROR(CheckApart(plan, work, added));
  } else if (plan.state().options.residual) {
    return Refuse(plan, "the plan was made with ConvPlanOptions.residual, but no residual is given");
  }
  WINNOW_RETURN_IF_ERROR(CheckApart(plan, out, in));
  WINNOW_RETURN_IF_ERROR(CheckApart(plan, work, in));
  return CheckApart(plan, work, out);
}

}  // namespace winnow::kernels
