// Whether somebody else's arrays are a packed filter. Internal to kernels/filter.
#ifndef KERNELS_FILTER_CHECK_PACKED_PARTS_H_
#define KERNELS_FILTER_CHECK_PACKED_PARTS_H_

#include "base/status.h"
#include "kernels/filter/packed_filter.h"

namespace winnow::kernels {

// No filter may have more channels than this, on either side.
inline constexpr int64_t kMaxFilterChannels = int64_t{1} << 30;

// Trusts nothing but the spans themselves: after OK, the multiplication stays inside of weights, indices, V and M, and
// PackedFilter::Pack(Unpack()) makes the same parts. Memory: three words per output channel, once there are rows
// enough for as many.
//
// kDataLoss  anything else; the message names position, channel block, row and what is wrong with it
Status CheckPackedParts(const PackedFilter::Parts& parts);

}  // namespace winnow::kernels

#endif  // KERNELS_FILTER_CHECK_PACKED_PARTS_H_
