#include "worker/nn/max_pool.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "kernels/layout/blocked_layout.h"
#include "worker/nn/image_layout.h"
#include "worker/nn/step_profile.h"

namespace winnow::worker {
namespace {

using torch::Tensor;

// One copy of each loop for every instruction set, as in channel_loops.cc.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__)
#define WINNOW_POOL_ISA __attribute__((target_clones("avx2", "default")))
#else
#define WINNOW_POOL_ISA
#endif

// Of NCHW a pixel is one float, of the blocked layout a line of 16.
constexpr int64_t kLine = kernels::kImageBlock;

// Pools one plane. `from` gets the place of each maximum in its 2x2: 0 to 3, by rows.
template <int64_t kFloats>
[[gnu::always_inline]] inline void Pool(const float* __restrict x, int64_t width, int64_t out_height, int64_t out_width,
                                        float* __restrict y, uint8_t* __restrict from) {
  for (int64_t row = 0; row < out_height; ++row) {
    const float* upper = x + 2 * row * width * kFloats;
    const float* lower = upper + width * kFloats;
    for (int64_t column = 0; column < out_width; ++column) {
      const float* const square[4] = {upper, upper + kFloats, lower, lower + kFloats};
      float best[kFloats];
      int32_t place[kFloats] = {};  // as wide as a float, so that one mask serves both
      for (int64_t i = 0; i < kFloats; ++i) best[i] = square[0][i];
#pragma GCC unroll 3
      for (int32_t k = 1; k < 4; ++k) {
        for (int64_t i = 0; i < kFloats; ++i) {
          // A NaN wins and stays, as in LibTorch.
          const float value = square[k][i];
          const bool wins = (value > best[i]) | (value != value);
          best[i] = wins ? value : best[i];
          place[i] = wins ? k : place[i];
        }
      }
      for (int64_t i = 0; i < kFloats; ++i) y[i] = best[i];
      for (int64_t i = 0; i < kFloats; ++i) from[i] = static_cast<uint8_t>(place[i]);
      y += kFloats;
      from += kFloats;
      upper += 2 * kFloats;
      lower += 2 * kFloats;
    }
  }
}

template <int64_t kFloats>
[[gnu::always_inline]] inline void Spread(const float* __restrict dy, const uint8_t* __restrict from, int64_t width,
                                          int64_t out_height, int64_t out_width, float* __restrict dx) {
  for (int64_t row = 0; row < out_height; ++row) {
    float* upper = dx + 2 * row * width * kFloats;
    float* lower = upper + width * kFloats;
    for (int64_t column = 0; column < out_width; ++column) {
      float* const square[4] = {upper, upper + kFloats, lower, lower + kFloats};
      float gradient[kFloats];
      int32_t place[kFloats];
      for (int64_t i = 0; i < kFloats; ++i) gradient[i] = dy[i];
      for (int64_t i = 0; i < kFloats; ++i) place[i] = from[i];
#pragma GCC unroll 4
      for (int32_t k = 0; k < 4; ++k) {
        float* const to = square[k];
        for (int64_t i = 0; i < kFloats; ++i) to[i] = place[i] == k ? gradient[i] : 0.0f;
      }
      dy += kFloats;
      from += kFloats;
      upper += 2 * kFloats;
      lower += 2 * kFloats;
    }
  }
}

WINNOW_POOL_ISA void PoolPlane(bool blocked, const float* x, int64_t width, int64_t out_height, int64_t out_width,
                               float* y, uint8_t* from) {
  if (blocked) {
    Pool<kLine>(x, width, out_height, out_width, y, from);
  } else {
    Pool<1>(x, width, out_height, out_width, y, from);
  }
}

WINNOW_POOL_ISA void SpreadPlane(bool blocked, const float* dy, const uint8_t* from, int64_t width, int64_t out_height,
                                 int64_t out_width, float* dx) {
  if (blocked) {
    Spread<kLine>(dy, from, width, out_height, out_width, dx);
  } else {
    Spread<1>(dy, from, width, out_height, out_width, dx);
  }
}

class MaxPoolFunction : public torch::autograd::Function<MaxPoolFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input) {
    const Tensor dense = input.contiguous();
    const int64_t height = dense.size(2), width = dense.size(3), floats = IsBlocked(dense) ? kLine : 1;
    std::vector<int64_t> sizes = dense.sizes().vec();
    sizes[2] = height / 2;
    sizes[3] = width / 2;
    Tensor output = torch::empty(sizes, torch::kFloat32);
    Tensor from = torch::empty(output.sizes(), torch::kUInt8);
    const float* x = dense.data_ptr<float>();
    auto* y = output.data_ptr<float>();
    auto* places = from.data_ptr<uint8_t>();
    const int64_t out_plane = (height / 2) * (width / 2) * floats;
    at::parallel_for(0, dense.size(0) * dense.size(1), 1, [&](int64_t begin, int64_t end) {
      const PhaseTimer timer(StepPhase::kPool);
      for (int64_t plane = begin; plane < end; ++plane) {
        PoolPlane(floats != 1, x + plane * height * width * floats, width, height / 2, width / 2, y + plane * out_plane,
                  places + plane * out_plane);
      }
    });
    context->save_for_backward({from});
    context->saved_data["height"] = height;
    context->saved_data["width"] = width;
    return output;
  }

  static torch::autograd::tensor_list backward(torch::autograd::AutogradContext* context,
                                               torch::autograd::tensor_list d_outputs) {
    const Tensor from = context->get_saved_variables()[0];
    const int64_t height = context->saved_data["height"].toInt(), width = context->saved_data["width"].toInt();
    const Tensor d_output = d_outputs[0].contiguous();
    // Of an odd height or width the last row or column got into no block.
    const bool covered = height % 2 == 0 && width % 2 == 0;
    const int64_t floats = IsBlocked(from) ? kLine : 1;
    std::vector<int64_t> sizes = from.sizes().vec();
    sizes[2] = height;
    sizes[3] = width;
    Tensor d_input = covered ? torch::empty(sizes, torch::kFloat32) : torch::zeros(sizes, torch::kFloat32);
    const float* dy = d_output.data_ptr<float>();
    const uint8_t* places = from.data_ptr<uint8_t>();
    auto* dx = d_input.data_ptr<float>();
    const int64_t out_plane = (height / 2) * (width / 2) * floats;
    at::parallel_for(0, from.size(0) * from.size(1), 1, [&](int64_t begin, int64_t end) {
      const PhaseTimer timer(StepPhase::kPool);
      for (int64_t plane = begin; plane < end; ++plane) {
        SpreadPlane(floats != 1, dy + plane * out_plane, places + plane * out_plane, width, height / 2, width / 2,
                    dx + plane * height * width * floats);
      }
    });
    return {d_input};
  }
};

}  // namespace

Tensor MaxPool2x2(const Tensor& input) {
  const bool fast = input.is_cpu() && input.scalar_type() == torch::kFloat32 && input.dim() >= 4 && input.numel() > 0;
  return fast ? MaxPoolFunction::apply(input) : torch::max_pool2d(input, 2);
}

}  // namespace winnow::worker
