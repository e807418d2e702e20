// What C callers need beside plans: layouts, the filter transform, the choices.
#include <cmath>
#include <string>

#include "kernels/c/arguments.h"
#include "kernels/c/last_error.h"
#include "kernels/c/winnow_kernels.h"
#include "kernels/layout/blocked_layout.h"
#include "kernels/plan/choices.h"
#include "kernels/transforms/filter_transform.h"

namespace winnow::kernels {
namespace {

Status CheckSizes(int64_t batch, int64_t channels, int64_t pixels) {
  const bool positive = batch >= 1 && channels >= 1 && pixels >= 1;
  // Of doubles, which do not overflow; the lanes that fill up the last block are 15 images at most.
  const double elements =
      (static_cast<double>(batch) + 15) * static_cast<double>(channels) * static_cast<double>(pixels);
  if (positive && elements <= static_cast<double>(kMaxElements)) return OkStatus();
  return InvalidArgument("a tensor of " + std::to_string(batch) + " images, " + std::to_string(channels) +
                         " channels and " + std::to_string(pixels) +
                         " pixels; each must be at least 1, and their product at most 2^40");
}

// One side of a conversion: floats that have a size to meet.
Status CheckTensor(const char* name, const float* pointer, size_t count, int64_t needed) {
  WINNOW_RETURN_IF_ERROR(CheckFloats(name, pointer, count));
  if (count == static_cast<size_t>(needed)) return OkStatus();
  return InvalidArgument(std::string(name) + " has " + std::to_string(count) + " floats, it needs " +
                         std::to_string(needed));
}

Status CheckApart(const char* name, const float* from, size_t from_count, const float* to, size_t to_count) {
  const auto from_begin = reinterpret_cast<uintptr_t>(from), to_begin = reinterpret_cast<uintptr_t>(to);
  if (from_begin + from_count * sizeof(float) <= to_begin || to_begin + to_count * sizeof(float) <= from_begin) {
    return OkStatus();
  }
  return InvalidArgument(std::string(name) + " overlaps what it is made from; give it memory of its own");
}

Status CheckConversion(const ImageSizes& sizes, const float* nchw, size_t nchw_count, const float* blocked,
                       size_t blocked_count) {
  WINNOW_RETURN_IF_ERROR(CheckSizes(sizes.batch, sizes.channels, sizes.pixels));
  WINNOW_RETURN_IF_ERROR(CheckTensor("nchw", nchw, nchw_count, ElementsIn(TensorLayout::kNchw, sizes)));
  WINNOW_RETURN_IF_ERROR(CheckTensor("blocked", blocked, blocked_count, ElementsIn(TensorLayout::kBlocked16, sizes)));
  return CheckApart("the converted tensor", nchw, nchw_count, blocked, blocked_count);
}

// Where a choice is to be written.
Status CheckChoice(const int32_t* chosen, const char* name) {
  return chosen != nullptr ? OkStatus() : InvalidArgument(std::string(name) + " is NULL; pass where to write it");
}

}  // namespace
}  // namespace winnow::kernels

using namespace winnow::kernels;  // NOLINT: what follows is of no namespace

winnow_status winnow_choose_variant(const winnow_conv_options* options, double density, int32_t* variant) {
  return Guarded([&]() -> winnow::Status {
    WINNOW_RETURN_IF_ERROR(CheckChoice(variant, "variant"));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const ConvPlanOptions read, ReadOptions(options));
    WINNOW_RETURN_IF_ERROR(read.shape.Validate());
    if (!(density >= 0 && density <= 1)) {
      return winnow::InvalidArgument("density is " + std::to_string(density) + "; it is a share, from 0 to 1");
    }
    WINNOW_ASSIGN_OR_RETURN_STATUS(const Isa isa, SelectIsa(read.isa));
    *variant = TileOutputs(ChooseVariant(read.shape, density, isa));
    return winnow::OkStatus();
  });
}

winnow_status winnow_choose_layout(const winnow_conv_options* options, int32_t* layout) {
  return Guarded([&]() -> winnow::Status {
    WINNOW_RETURN_IF_ERROR(CheckChoice(layout, "layout"));
    WINNOW_ASSIGN_OR_RETURN_STATUS(const ConvPlanOptions read, ReadOptions(options));
    WINNOW_RETURN_IF_ERROR(read.shape.Validate());
    *layout = ChooseLayout(read.shape) == TensorLayout::kNchw ? WINNOW_LAYOUT_NCHW : WINNOW_LAYOUT_BLOCKED16;
    return winnow::OkStatus();
  });
}

winnow_status winnow_nchw_to_blocked16(int64_t batch, int64_t channels, int64_t pixels, const float* nchw,
                                       size_t nchw_count, float* blocked, size_t blocked_count) {
  return Guarded([&]() -> winnow::Status {
    const ImageSizes sizes{batch, channels, pixels};
    WINNOW_RETURN_IF_ERROR(CheckConversion(sizes, nchw, nchw_count, blocked, blocked_count));
    NchwToBlocked(sizes, nchw, blocked);
    return winnow::OkStatus();
  });
}

winnow_status winnow_blocked16_to_nchw(int64_t batch, int64_t channels, int64_t pixels, const float* blocked,
                                       size_t blocked_count, float* nchw, size_t nchw_count) {
  return Guarded([&]() -> winnow::Status {
    const ImageSizes sizes{batch, channels, pixels};
    WINNOW_RETURN_IF_ERROR(CheckConversion(sizes, nchw, nchw_count, blocked, blocked_count));
    BlockedToNchw(sizes, blocked, nchw);
    return winnow::OkStatus();
  });
}

winnow_status winnow_filter_transform(int32_t variant, const float* weights, size_t weight_count, float* coefficients,
                                      size_t coefficient_count) {
  return Guarded([&]() -> winnow::Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const WinogradVariant read, ReadVariant(variant));
    if (weight_count % 9 != 0 || weight_count > static_cast<size_t>(kMaxElements)) {
      return winnow::InvalidArgument("weights has " + std::to_string(weight_count) +
                                     " floats; it needs 9 for every filter, and at most 2^40");
    }
    const auto filters = static_cast<int64_t>(weight_count / 9);
    WINNOW_RETURN_IF_ERROR(CheckTensor("weights", weights, weight_count, filters * 9));
    WINNOW_RETURN_IF_ERROR(CheckTensor("coefficients", coefficients, coefficient_count, filters * Positions(read)));
    WINNOW_RETURN_IF_ERROR(CheckApart("coefficients", weights, weight_count, coefficients, coefficient_count));
    FilterTransform(read, filters, {weights, weight_count}, {coefficients, coefficient_count});
    return winnow::OkStatus();
  });
}
