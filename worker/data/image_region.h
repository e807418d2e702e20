// Which part of an image a net sees, of images of any size.
#ifndef WORKER_DATA_IMAGE_REGION_H_
#define WORKER_DATA_IMAGE_REGION_H_

#include <cstdint>

#include "worker/data/image_decoder.h"

namespace winnow::worker {

// A rectangle of an image, in its pixels and their fractions, and whether it is mirrored left to right.
struct ImageRegion {
  double top = 0, left = 0, height = 0, width = 0;
  bool flip = false;
  // Pixels outside the rectangle but near it count where they do in a whole image that is made smaller first.
  bool sees_surroundings = false;
  friend bool operator==(const ImageRegion&, const ImageRegion&) = default;
};

// A random rectangle of whole pixels: of `least_area` to all of the image's area, evenly, and 3:4 to 4:3, evenly in the
// logarithm; ten tries, then the largest in the middle. Mirrored one time in two where `flip`. f(seed, epoch, image).
ImageRegion DrawResizedCrop(const ImageSize& size, double least_area, bool flip, uint64_t seed, uint32_t epoch,
                            uint32_t image);

// What is left when the image is made so small that its shorter side has side * 256 / 224 pixels and the middle
// side x side of it are cut out.
ImageRegion CentreCrop(const ImageSize& size, int64_t side);

}  // namespace winnow::worker

#endif  // WORKER_DATA_IMAGE_REGION_H_
