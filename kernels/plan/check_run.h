// What Run() takes for granted, as a question: for callers whose buffers come from elsewhere.
//
//   WINNOW_RETURN_IF_ERROR(CheckRun(plan, input, output, scratch));
//   Run(plan, input, output, scratch, parallel_for);       // cannot fail any more
#ifndef KERNELS_PLAN_CHECK_RUN_H_
#define KERNELS_PLAN_CHECK_RUN_H_

#include <cstddef>
#include <span>

#include "base/status.h"
#include "kernels/plan/conv_plan.h"

namespace winnow::kernels {

// Whether Run(), or with a `residual` RunWithResidual(), can work on these buffers. Reads no element; costs under a
// microsecond.
//
// kInvalidArgument  input, output or residual of another size than the plan's, or not aligned as a float is; scratch
//                   below plan.ScratchBytes() or not aligned to kScratchAlignment; a residual for a plan made without
//                   one, or none for a plan made with one; output or scratch overlapping anything else, but `residual`
//                   may be `output` itself. The message names the buffer, what was found and what is needed.
Status CheckRun(const ConvPlan& plan, std::span<const float> input, std::span<const float> output,
                std::span<const std::byte> scratch, std::span<const float> residual = {});

}  // namespace winnow::kernels

#endif  // KERNELS_PLAN_CHECK_RUN_H_
