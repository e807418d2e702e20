// A part of an image made smaller or larger.
#ifndef WORKER_DATA_RESAMPLE_H_
#define WORKER_DATA_RESAMPLE_H_

#include <cstdint>
#include <span>

#include "worker/data/image_decoder.h"
#include "worker/data/image_region.h"

namespace winnow::worker {

// Fills `out`, [3][side][side], with values of 0 to 255: each a weighted mean of the pixels round it, the weights a
// triangle that reaches to the next output pixel, and at least to the next input pixel (bilinear with antialiasing, in
// rows and then in columns). Plain float arithmetic in one order, so results do not depend on the instruction set.
void Resample(const RgbImage& image, const ImageRegion& region, int64_t side, std::span<float> out);

}  // namespace winnow::worker

#endif  // WORKER_DATA_RESAMPLE_H_
