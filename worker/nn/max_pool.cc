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

// Pools one plane. `from` gets the place of each maximum in its block: 0 to 3, by rows.
void PoolPlane(const float* x, int64_t width, int64_t out_height, int64_t out_width, float* y, uint8_t* from) {
  for (int64_t row = 0; row < out_height; ++row) {
    const float* upper = x + 2 * row * width;
    const float* lower = upper + width;
    for (int64_t column = 0; column < out_width; ++column) {
      const float block[4] = {upper[2 * column], upper[2 * column + 1], lower[2 * column], lower[2 * column + 1]};
      float best = block[0];
      uint8_t place = 0;
      for (uint8_t i = 1; i < 4; ++i) {
        // A NaN wins and stays, as in LibTorch.
        const bool wins = block[i] > best || block[i] != block[i];
        best = wins ? block[i] : best;
        place = wins ? i : place;
      }
      *y++ = best;
      *from++ = place;
    }
  }
}

void SpreadPlane(const float* dy, const uint8_t* from, int64_t width, int64_t out_height, int64_t out_width,
                 float* dx) {
  for (int64_t row = 0; row < out_height; ++row) {
    float* upper = dx + 2 * row * width;
    float* lower = upper + width;
    for (int64_t column = 0; column < out_width; ++column, ++dy, ++from) {
      upper[2 * column] = *from == 0 ? *dy : 0.0f;
      upper[2 * column + 1] = *from == 1 ? *dy : 0.0f;
      lower[2 * column] = *from == 2 ? *dy : 0.0f;
      lower[2 * column + 1] = *from == 3 ? *dy : 0.0f;
    }
  }
}

class MaxPoolFunction : public torch::autograd::Function<MaxPoolFunction> {
 public:
  static Tensor forward(torch::autograd::AutogradContext* context, const Tensor& input) {
    const Tensor dense = input.contiguous();
    const int64_t height = dense.size(2), width = dense.size(3);
    Tensor output = torch::empty({dense.size(0), dense.size(1), height / 2, width / 2}, torch::kFloat32);
    Tensor from = torch::empty(output.sizes(), torch::kUInt8);
    const float* x = dense.data_ptr<float>();
    auto* y = output.data_ptr<float>();
    auto* places = from.data_ptr<uint8_t>();
    const int64_t out_plane = (height / 2) * (width / 2);
    at::parallel_for(0, dense.size(0) * dense.size(1), 1, [&](int64_t begin, int64_t end) {
      const PhaseTimer timer(StepPhase::kPool);
      for (int64_t plane = begin; plane < end; ++plane) {
        PoolPlane(x + plane * height * width, width, height / 2, width / 2, y + plane * out_plane,
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
    const std::vector<int64_t> sizes = {from.size(0), from.size(1), height, width};
    Tensor d_input = covered ? torch::empty(sizes, torch::kFloat32) : torch::zeros(sizes, torch::kFloat32);
    const float* dy = d_output.data_ptr<float>();
    const uint8_t* places = from.data_ptr<uint8_t>();
    auto* dx = d_input.data_ptr<float>();
    const int64_t out_plane = (height / 2) * (width / 2);
    at::parallel_for(0, from.size(0) * from.size(1), 1, [&](int64_t begin, int64_t end) {
      const PhaseTimer timer(StepPhase::kPool);
      for (int64_t plane = begin; plane < end; ++plane) {
        SpreadPlane(dy + plane * out_plane, places + plane * out_plane, width, height / 2, width / 2,
                    dx + plane * height * width);
      }
    });
    return {d_input};
  }
};

// Lines of 16 images instead of pixels.
Tensor PoolBlocked(const Tensor& input) {
  constexpr int64_t kLine = kernels::kImageBlock;
  const Tensor dense = input.contiguous();
  const int64_t height = dense.size(2), width = dense.size(3), out_height = height / 2, out_width = width / 2;
  Tensor output = torch::empty({dense.size(0), dense.size(1), out_height, out_width, kLine}, torch::kFloat32);
  const float* const x = dense.data_ptr<float>();
  auto* const y = output.data_ptr<float>();
  at::parallel_for(0, dense.size(0) * dense.size(1) * out_height, 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float* upper = x + (row / out_height * height + row % out_height * 2) * width * kLine;
      const float* lower = upper + width * kLine;
      float* to = y + row * out_width * kLine;
      for (int64_t column = 0; column < out_width; ++column) {
        for (int64_t i = 0; i < kLine; ++i) {
          to[i] = std::max(std::max(upper[i], upper[kLine + i]), std::max(lower[i], lower[kLine + i]));
        }
        upper += 2 * kLine;
        lower += 2 * kLine;
        to += kLine;
      }
    }
  });
  return output;
}

}  // namespace

Tensor MaxPool2x2(const Tensor& input) {
  if (IsBlocked(input)) return PoolBlocked(input);
  const bool fast = input.is_cpu() && input.scalar_type() == torch::kFloat32 && input.dim() == 4 && input.numel() > 0;
  return fast ? MaxPoolFunction::apply(input) : torch::max_pool2d(input, 2);
}

}  // namespace winnow::worker
