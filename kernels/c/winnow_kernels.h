// Winnow's kernels for C, and for every language that can call C: convolution of a batch of images with pruned 3x3
// filters, in Winograd form. kernels/README.md tells what it is good for and has an example.
//
//   winnow_conv_options options = WINNOW_CONV_OPTIONS_INIT;
//   options.batch = 16;  ...                                                    // and the other sizes
//   winnow_conv_plan* plan = NULL;
//   if (winnow_conv_plan_from_weights(&options, w, w_count, NULL, 0, &plan) != WINNOW_OK) puts(winnow_last_error());
//   winnow_conv_buffers buffers = WINNOW_CONV_BUFFERS_INIT;
//   buffers.input = x;  ...                                                     // and output and scratch
//   winnow_conv_run(plan, &buffers, NULL, NULL);                                // on this thread alone
//   winnow_conv_plan_destroy(plan);
//
// Units      A name that ends in _count or _elements counts floats, one that ends in _bytes bytes.
// Ownership  The library keeps no pointer of the caller's beyond a call; it copies filter and bias. Plans are freed by
//            winnow_conv_plan_destroy(), scratch of winnow_scratch_allocate() by winnow_scratch_free().
// Threads    The library starts none. A plan never changes: any number of threads may use it at once. Functions may be
//            called from any thread.
// Errors     A function that can fail returns a winnow_status and leaves a message, winnow_last_error(), that names the
//            argument, what was found and what is needed. What is wrong with the arguments is found before any work
//            starts. Nothing here throws, and no argument that can be told to be bad ends the program.
#ifndef KERNELS_C_WINNOW_KERNELS_H_
#define KERNELS_C_WINNOW_KERNELS_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// Of this header; winnow_kernels_version() is the library's own. Before 1.0 minor versions may differ in all.
#define WINNOW_KERNELS_VERSION_MAJOR 0
#define WINNOW_KERNELS_VERSION_MINOR 1
#define WINNOW_KERNELS_VERSION_PATCH 0
#define WINNOW_KERNELS_VERSION "0.1.0"
const char* winnow_kernels_version(void);

// Values are gRPC's codes, as everywhere in Winnow. More may come.
typedef int32_t winnow_status;
enum {
  WINNOW_OK = 0,
  WINNOW_INVALID_ARGUMENT = 3,     // a mistake of the caller
  WINNOW_NOT_FOUND = 5,            // no such file or folder
  WINNOW_PERMISSION_DENIED = 7,    // a file that may not be read, or a folder that may not be written to
  WINNOW_RESOURCE_EXHAUSTED = 8,   // not enough memory, or room on the disk
  WINNOW_FAILED_PRECONDITION = 9,  // this machine, this version of the library or this plan cannot do it
  WINNOW_INTERNAL = 13,            // a fault of the library or of a disk, or an exception out of a callback
  WINNOW_DATA_LOSS = 15            // a file that is damaged or not what it should be
};

// Why the last function that returns a winnow_status failed on this thread, in English; "" if it did not. Valid until
// the next such call on this thread. A runtime that moves its tasks between threads has to read it on the thread of the
// call.
const char* winnow_last_error(void);

// ---- What is computed -----------------------------------------------------------------------------------------------

// The Winograd variant: tiles of 2 x 2 or of 4 x 4 outputs. 4 x 4 multiplies less and errs more.
enum { WINNOW_F2X2_3X3 = 2, WINNOW_F4X4_3X3 = 4 };

// How input, output and residual lie in memory, densely. In BLOCKED16 lanes past the last image may hold anything and
// are written.
enum {
  WINNOW_LAYOUT_NCHW = 0,      // [batch][channels][height][width]
  WINNOW_LAYOUT_BLOCKED16 = 1  // [ceil(batch / 16)][channels][height][width][16]: images innermost
};

// DIRECT is no Winograd at all, for dense spatial weights.
enum { WINNOW_MULTIPLY_AUTO = 0, WINNOW_MULTIPLY_DENSE = 1, WINNOW_MULTIPLY_SPARSE = 2, WINNOW_MULTIPLY_DIRECT = 3 };
enum { WINNOW_ISA_AUTO = 0, WINNOW_ISA_SCALAR = 1, WINNOW_ISA_AVX2 = 2, WINNOW_ISA_AVX512 = 3 };

// One layer: a 3x3 convolution of stride 1, dilation 1 and one group, with `padding` zeros on every side, so that an
// output is height + 2 * padding - 2 high and likewise wide. Start from WINNOW_CONV_OPTIONS_INIT.
typedef struct winnow_conv_options {
  size_t struct_size;  // sizeof(winnow_conv_options). Later versions append members, whose 0 means what was before them
  int64_t batch;
  int64_t in_channels;
  int64_t out_channels;
  int64_t height;
  int64_t width;
  int64_t padding;
  int32_t variant;   // WINNOW_F2X2_3X3 or WINNOW_F4X4_3X3
  int32_t layout;    // WINNOW_LAYOUT_...
  int32_t multiply;  // WINNOW_MULTIPLY_...: AUTO goes by sizes and the filter's density
  int32_t isa;       // WINNOW_ISA_...: AUTO is the best of this machine
  int32_t threads;   // the most a parallel_for will bring, at least 1
  int32_t residual;  // 1: runs are given a tensor to add to the output
  int32_t relu;      // 1: max(0, .) at the very end
  int32_t reserved;  // 0
} winnow_conv_options;

#define WINNOW_CONV_OPTIONS_INIT \
  { sizeof(winnow_conv_options), 0, 0, 0, 0, 0, 1, WINNOW_F4X4_3X3, WINNOW_LAYOUT_NCHW, 0, 0, 1, 0, 0, 0 }

// The variant that takes less time where a filter pruned for it keeps `density` (0 to 1) of its coefficients, and the
// layout that does. Both look at the sizes alone; `options` is not changed.
winnow_status winnow_choose_variant(const winnow_conv_options* options, double density, int32_t* variant);
winnow_status winnow_choose_layout(const winnow_conv_options* options, int32_t* layout);

// ---- Plans ----------------------------------------------------------------------------------------------------------

// Everything about one layer that does not change between runs.
typedef struct winnow_conv_plan winnow_conv_plan;

// A plan for spatial weights [out_channels][in_channels][3][3], which are transformed here, and a bias [out_channels],
// or NULL and 0 for none. Skips every coefficient that is zero once transformed, as all those
// of a kernel of zeros are; or convolves directly where that is faster, as with one or three input channels.
//
// On failure *plan is NULL. WINNOW_INVALID_ARGUMENT: an option, a count, or a value that is not finite.
// WINNOW_FAILED_PRECONDITION: this machine lacks the ISA asked for, or the options have members this library is too old
// for. WINNOW_RESOURCE_EXHAUSTED: memory, now or for scratch.
winnow_status winnow_conv_plan_from_weights(const winnow_conv_options* options, const float* weights,
                                            size_t weight_count, const float* bias, size_t bias_count,
                                            winnow_conv_plan** plan);

// Likewise for coefficients that were pruned in the Winograd domain, [out_channels][in_channels][alpha][alpha] with
// alpha 4 (WINNOW_F2X2_3X3) or 6 (WINNOW_F4X4_3X3). Never direct: WINNOW_MULTIPLY_DIRECT is refused.
winnow_status winnow_conv_plan_from_coefficients(const winnow_conv_options* options, const float* coefficients,
                                                 size_t coefficient_count, const float* bias, size_t bias_count,
                                                 winnow_conv_plan** plan);

// Writes the filter of a sparse plan to the file `path`, packed as the plan reads it, which depends on ISA, sizes,
// layout and threads. The file is there whole or not at all, also after a power cut, and replaces an old one at once.
// The bias is not part of it.
//
// WINNOW_INVALID_ARGUMENT: a NULL. WINNOW_FAILED_PRECONDITION: the plan is dense and has no packed filter; one made
// with multiply = WINNOW_MULTIPLY_SPARSE has. WINNOW_NOT_FOUND, WINNOW_PERMISSION_DENIED, WINNOW_RESOURCE_EXHAUSTED:
// the folder or the disk.
winnow_status winnow_conv_plan_write_packed(const winnow_conv_plan* plan, const char* path);

// A plan for the filter in such a file. A sparse plan that reads the filter as it was packed maps the file and uses it
// where it lies, without a copy; others pack it anew. While the plan lives the file may be replaced or removed, but
// must not be written to.
//
// On failure *plan is NULL. Errors are winnow_conv_plan_from_coefficients()'s, and WINNOW_INVALID_ARGUMENT: a filter of
// another variant or other channels. WINNOW_NOT_FOUND, WINNOW_PERMISSION_DENIED: the file. WINNOW_DATA_LOSS: no packed
// filter, or cut off, changed, or of another version.
winnow_status winnow_conv_plan_from_packed(const winnow_conv_options* options, const char* path, const float* bias,
                                           size_t bias_count, winnow_conv_plan** plan);

// Once no run uses it any more. NULL is fine.
void winnow_conv_plan_destroy(winnow_conv_plan* plan);

// What a run needs; 0 for NULL. Output elements are a residual's too.
size_t winnow_conv_plan_input_elements(const winnow_conv_plan* plan);
size_t winnow_conv_plan_output_elements(const winnow_conv_plan* plan);
size_t winnow_conv_plan_scratch_bytes(const winnow_conv_plan* plan);

// The share of coefficients, or of a direct plan's weights, that are not zero; 0 for NULL.
double winnow_conv_plan_density(const winnow_conv_plan* plan);

// "sparse avx512 F(4x4,3x3) nchw, n16 c64 k64 h56 w56 p1, 2 threads, density 0.300": which kernel runs what. Writes at
// most `buffer_bytes`, the final NUL included, and returns the length of the whole text without it, as snprintf() does.
size_t winnow_conv_plan_describe(const winnow_conv_plan* plan, char* buffer, size_t buffer_bytes);

// ---- Runs -----------------------------------------------------------------------------------------------------------

// Works on the items [begin, end) of a loop. `work` is what the loop's parallel_for was given.
typedef void (*winnow_range_body)(void* work, int64_t begin, int64_t end, int32_t thread);

// Calls body(work, begin, end, thread) for ranges that are disjoint and cover [0, count), from as many threads as it
// likes, and returns when all of them are done. `thread` lies in [0, threads of the plan), and two calls of a body that
// run at once never have the same. `context` is the caller's own. Results do not depend on where ranges are cut.
typedef void (*winnow_parallel_for)(void* context, int64_t count, winnow_range_body body, void* work);

#define WINNOW_SCRATCH_ALIGNMENT 64

// What one run reads and writes. Start from WINNOW_CONV_BUFFERS_INIT.
//
// Aliasing  Output and scratch overlap nothing else, but `residual` may be `output` itself.
// Scratch   at least winnow_conv_plan_scratch_bytes(), aligned to WINNOW_SCRATCH_ALIGNMENT; garbage before and after.
//           One for all layers that run in turn stays in the caches and is fastest.
typedef struct winnow_conv_buffers {
  size_t struct_size;  // sizeof(winnow_conv_buffers)
  const float* input;
  size_t input_count;
  const float* residual;  // NULL and 0 unless the plan adds one
  size_t residual_count;
  float* output;
  size_t output_count;
  void* scratch;
  size_t scratch_bytes;
} winnow_conv_buffers;

#define WINNOW_CONV_BUFFERS_INIT \
  { sizeof(winnow_conv_buffers), NULL, 0, NULL, 0, NULL, 0, NULL, 0 }

// Writes the convolution of the input to the output. With `parallel_for` NULL, on this thread alone.
//
// Threads   Runs of one plan may go on at once if each has its own output and scratch.
// Errors    WINNOW_INVALID_ARGUMENT before anything is written for a NULL, a wrong count, scratch too small or
//           misaligned, buffers that overlap; and at the end, with a worthless output, if parallel_for passed a range
//           or a thread out of bounds or left items out.
winnow_status winnow_conv_run(const winnow_conv_plan* plan, const winnow_conv_buffers* buffers,
                              winnow_parallel_for parallel_for, void* context);

// Aligned memory on huge pages where the system grants them, or NULL if there is none.
void* winnow_scratch_allocate(size_t scratch_bytes);
void winnow_scratch_free(void* scratch);

// ---- Tensors --------------------------------------------------------------------------------------------------------

// From one layout to the other, for tensors of `batch` images of `channels` planes of `pixels` = height * width. Lanes
// past the last image become zero. The buffers do not overlap.
winnow_status winnow_nchw_to_blocked16(int64_t batch, int64_t channels, int64_t pixels, const float* nchw,
                                       size_t nchw_count, float* blocked, size_t blocked_count);
winnow_status winnow_blocked16_to_nchw(int64_t batch, int64_t channels, int64_t pixels, const float* blocked,
                                       size_t blocked_count, float* nchw, size_t nchw_count);

// Spatial weights [filters][3][3] into the Winograd domain, [filters][alpha][alpha], where they can be pruned;
// filters = out_channels * in_channels, in that order. The buffers do not overlap.
winnow_status winnow_filter_transform(int32_t variant, const float* weights, size_t weight_count, float* coefficients,
                                      size_t coefficient_count);

#ifdef __cplusplus
}
#endif

#endif  // KERNELS_C_WINNOW_KERNELS_H_
