/* Compiled as C99 with every warning: the header is C, and a layer can be run from it. */
#include "tests/unit/kernels/c/c_caller.h"

#include <stdlib.h>

#include "kernels/c/winnow_kernels.h"

/* A parallel_for that hands out single items, as threads 0 and 1 in turn. */
static void one_by_one(void* context, int64_t count, winnow_range_body body, void* work) {
  int64_t item;
  for (item = 0; item < count; ++item) body(work, item, item + 1, (int32_t)(item % 2));
  *(int*)context += 1;
}

int run_layer_from_c(const float* weights, const float* input, float* output, size_t weight_count, size_t input_count,
                     size_t output_count) {
  winnow_conv_options options = WINNOW_CONV_OPTIONS_INIT;
  winnow_conv_buffers buffers = WINNOW_CONV_BUFFERS_INIT;
  winnow_conv_plan* plan = NULL;
  int loops = 0;
  winnow_status status;

  options.batch = 2;
  options.in_channels = 3;
  options.out_channels = 4;
  options.height = 9;
  options.width = 7;
  options.threads = 2;
  status = winnow_conv_plan_from_weights(&options, weights, weight_count, NULL, 0, &plan);
  if (status != WINNOW_OK) return status;

  buffers.input = input;
  buffers.input_count = input_count;
  buffers.output = output;
  buffers.output_count = output_count;
  buffers.scratch_bytes = winnow_conv_plan_scratch_bytes(plan);
  buffers.scratch = winnow_scratch_allocate(buffers.scratch_bytes);
  status = winnow_conv_run(plan, &buffers, one_by_one, &loops);

  winnow_scratch_free(buffers.scratch);
  winnow_conv_plan_destroy(plan);
  return loops > 0 ? status : WINNOW_INTERNAL;
}
