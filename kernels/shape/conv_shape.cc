#include "kernels/shape/conv_shape.h"

namespace winnow::kernels {
namespace {

// Whether the product of positive factors is at most kMaxElements, without overflowing on the way.
bool Fits(int64_t a, int64_t b, int64_t c, int64_t d) {
  int64_t product = 1;
  for (int64_t factor : {a, b, c, d}) {
    if (factor > kMaxElements / product) return false;
    product *= factor;
  }
  return true;
}

}  // namespace

Status ConvShape::Validate() const {
  const auto refuse = [this](const std::string& why) {
    return InvalidArgument("convolution shape " + ToString() + ": " + why);
  };
  if (batch < 1) return refuse("batch must be at least 1");
  if (in_channels < 1) return refuse("in_channels must be at least 1");
  if (out_channels < 1) return refuse("out_channels must be at least 1");
  if (height < 1) return refuse("height must be at least 1");
  if (width < 1) return refuse("width must be at least 1");
  if (padding < 0) return refuse("padding must not be negative");
  if (height > kMaxElements || width > kMaxElements || padding > kMaxElements) return refuse("a size is over 2^40");
  if (OutHeight() < 1 || OutWidth() < 1) {
    return refuse("a 3x3 filter does not fit into the padded image; raise padding or the image's size");
  }
  if (!Fits(batch, in_channels, height, width) || !Fits(batch, out_channels, OutHeight(), OutWidth()) ||
      !Fits(out_channels, in_channels, 36, 1)) {
    return refuse("a tensor would have more than 2^40 elements; split the batch");
  }
  return OkStatus();
}

std::string ConvShape::ToString() const {
  std::string text;
  const auto append = [&text](const char* name, int64_t value) { text.append(name).append(std::to_string(value)); };
  append("n", batch);
  append(" c", in_channels);
  append(" k", out_channels);
  append(" h", height);
  append(" w", width);
  append(" p", padding);
  return text;
}

}  // namespace winnow::kernels
