// convolve.cc in C: a batch of images and a pruned filter, on two threads, compared with plain loops.
//
// Ends with 0 if they agree, with 1 and a message otherwise.
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernels/c/winnow_kernels.h"

enum { BATCH = 2, IN = 24, OUT = 32, SIDE = 28, PIXELS = SIDE * SIDE };  // padding 1, so that outputs are as large
enum { WEIGHTS = OUT * IN * 9, INPUTS = BATCH * IN * PIXELS, OUTPUTS = BATCH * OUT * PIXELS };

static const double largest_error = 2e-5;  // of the largest output, for WINNOW_F4X4_3X3

static float weights[WEIGHTS], input[INPUTS], output[OUTPUTS];

static void fill(float* values, int count, unsigned seed) {
  for (int i = 0; i < count; ++i) {
    seed = seed * 1664525u + 1013904223u;
    values[i] = (float)(seed >> 8) / (float)(1 << 23) - 1;
  }
}

// Zeroes seven 3x3 kernels in ten. Whole kernels, so that the zeros outlive the transform and the plain loops see the
// same filter.
static void prune(void) {
  for (int i = 0; i < WEIGHTS; ++i) {
    if (i / 9 * 7 % 10 >= 3) weights[i] = 0;
  }
}

// The convolution by its definition.
static double pixel(int image, int out, int y, int x) {
  double sum = 0;
  for (int in = 0; in < IN; ++in) {
    const float* plane = input + (image * IN + in) * PIXELS;
    const float* kernel = weights + (out * IN + in) * 9;
    for (int k = 0; k < 9; ++k) {
      const int row = y - 1 + k / 3, column = x - 1 + k % 3;
      if (row < 0 || row >= SIDE || column < 0 || column >= SIDE) continue;
      sum += (double)kernel[k] * plane[row * SIDE + column];
    }
  }
  return sum;
}

// The largest error of the output in units of the largest output.
static double relative_error(void) {
  double error = 0, largest = 0;
  for (int i = 0; i < OUTPUTS; ++i) {
    const double expected = pixel(i / PIXELS / OUT, i / PIXELS % OUT, i % PIXELS / SIDE, i % SIDE);
    error = fmax(error, fabs(output[i] - expected));
    largest = fmax(largest, fabs(expected));
  }
  return error / largest;
}

// How the kernels get threads: half of a loop for each of two.
struct half {
  winnow_range_body body;
  void* work;
  int64_t begin, end;
};

static void* run_half(void* argument) {
  const struct half* half = argument;
  half->body(half->work, half->begin, half->end, 1);
  return NULL;
}

static void two_threads(void* context, int64_t count, winnow_range_body body, void* work) {
  struct half upper = {body, work, count / 2, count};
  pthread_t thread;
  const int started = pthread_create(&thread, NULL, run_half, &upper) == 0;
  (void)context;
  body(work, 0, count / 2, 0);
  if (started) {
    pthread_join(thread, NULL);
  } else {
    run_half(&upper);
  }
}

static int run(const winnow_conv_plan* plan) {
  winnow_conv_buffers buffers = WINNOW_CONV_BUFFERS_INIT;
  buffers.input = input;
  buffers.input_count = INPUTS;
  buffers.output = output;
  buffers.output_count = OUTPUTS;
  buffers.scratch_bytes = winnow_conv_plan_scratch_bytes(plan);
  buffers.scratch = winnow_scratch_allocate(buffers.scratch_bytes);
  const winnow_status status = winnow_conv_run(plan, &buffers, two_threads, NULL);
  winnow_scratch_free(buffers.scratch);
  return status == WINNOW_OK;
}

int main(void) {
  fill(weights, WEIGHTS, 1);
  fill(input, INPUTS, 2);
  prune();

  winnow_conv_options options = WINNOW_CONV_OPTIONS_INIT;
  options.batch = BATCH;
  options.in_channels = IN;
  options.out_channels = OUT;
  options.height = SIDE;
  options.width = SIDE;
  options.threads = 2;
  winnow_conv_plan* plan = NULL;
  if (winnow_choose_variant(&options, 0.3, &options.variant) != WINNOW_OK ||
      winnow_conv_plan_from_weights(&options, weights, WEIGHTS, NULL, 0, &plan) != WINNOW_OK) {
    fprintf(stderr, "%s\n", winnow_last_error());
    return 1;
  }
  char text[256];
  winnow_conv_plan_describe(plan, text, sizeof(text));
  printf("plan: %s\n", text);

  const int ran = run(plan);
  if (!ran) fprintf(stderr, "%s\n", winnow_last_error());
  winnow_conv_plan_destroy(plan);
  if (!ran) return 1;

  const double error = relative_error();
  printf("error: %.1e of the largest output, at most %.1e\n", error, largest_error);
  return error <= largest_error ? 0 : 1;
}
