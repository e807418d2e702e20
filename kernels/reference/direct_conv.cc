#include "kernels/reference/direct_conv.h"

#include <cassert>
#include <cstdint>

namespace winnow::kernels {

std::vector<double> DirectConv(const ConvShape& shape, std::span<const float> input, std::span<const float> w,
                               std::span<const float> bias) {
  assert(static_cast<int64_t>(input.size()) == shape.InputSize());
  assert(static_cast<int64_t>(w.size()) == shape.FilterSize());
  assert(bias.empty() || static_cast<int64_t>(bias.size()) == shape.out_channels);
  std::vector<double> output(shape.OutputSize());
  double* out = output.data();
  for (int64_t n = 0; n < shape.batch; ++n) {
    for (int64_t o = 0; o < shape.out_channels; ++o) {
      for (int64_t oy = 0; oy < shape.OutHeight(); ++oy) {
        for (int64_t ox = 0; ox < shape.OutWidth(); ++ox) {
          double sum = bias.empty() ? 0.0 : bias[o];
          for (int64_t c = 0; c < shape.in_channels; ++c) {
            for (int64_t u = 0; u < 3; ++u) {
              for (int64_t v = 0; v < 3; ++v) {
                const int64_t y = oy + u - shape.padding;
                const int64_t x = ox + v - shape.padding;
                if (y < 0 || y >= shape.height || x < 0 || x >= shape.width) continue;
                sum += double{input[((n * shape.in_channels + c) * shape.height + y) * shape.width + x]} *
                       double{w[((o * shape.in_channels + c) * 3 + u) * 3 + v]};
              }
            }
          }
          *out++ = sum;
        }
      }
    }
  }
  return output;
}

}  // namespace winnow::kernels
