/* What a C program does with the C header. */
#ifndef TESTS_UNIT_KERNELS_C_C_CALLER_H_
#define TESTS_UNIT_KERNELS_C_C_CALLER_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Runs a layer of 2 images, 3 -> 4 channels, 9 x 7 pixels, padding 1; returns a winnow_status. */
int run_layer_from_c(const float* weights, const float* input, float* output, size_t weight_count, size_t input_count,
                     size_t output_count);

#ifdef __cplusplus
}
#endif

#endif /* TESTS_UNIT_KERNELS_C_C_CALLER_H_ */
