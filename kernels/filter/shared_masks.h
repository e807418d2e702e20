// Whether neighbouring output channels of a filter keep the same input channels.
#ifndef KERNELS_FILTER_SHARED_MASKS_H_
#define KERNELS_FILTER_SHARED_MASKS_H_

#include <cstdint>
#include <span>

namespace winnow::kernels {

// PackedFilter::RowChannels() of the filter q [out_channels][in_channels][alpha][alpha], before it is packed. Almost
// free where no masks are shared.
int64_t SharedMasks(int64_t out_channels, std::span<const float> q);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_SHARED_MASKS_H_
