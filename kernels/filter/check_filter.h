// What every packed form of a filter refuses.
#ifndef KERNELS_FILTER_CHECK_FILTER_H_
#define KERNELS_FILTER_CHECK_FILTER_H_

#include <cstdint>
#include <span>

#include "base/status.h"
#include "kernels/transforms/winograd_variant.h"

namespace winnow::kernels {

// kInvalidArgument if q is not [out_channels][in_channels][alpha][alpha] or holds a NaN or an infinity; the message
// names the first one's place.
Status CheckFilter(WinogradVariant variant, int64_t out_channels, int64_t in_channels, std::span<const float> q);

// Likewise of spatial weights [out_channels][in_channels][3][3].
Status CheckWeights(int64_t out_channels, int64_t in_channels, std::span<const float> weights);

// The place of the first NaN or infinity; values.size() if all are finite.
size_t FirstNotFinite(std::span<const float> values);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_CHECK_FILTER_H_
