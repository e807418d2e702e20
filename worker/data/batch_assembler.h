// Bytes to normalised floats, with padding to the net's size and augmentation, in one pass over each image.
//
// A pixel p of channel c becomes (p / 255 - mean[c]) / deviation[c], through a table of 256 floats a channel, so that
// the result is the same on every machine. Padding of either kind is black (p = 0) and so becomes -mean / deviation.
#ifndef WORKER_DATA_BATCH_ASSEMBLER_H_
#define WORKER_DATA_BATCH_ASSEMBLER_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "spec/data_set.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

struct Augmentation {
  int crop_padding = 0;  // pixels, >= 0: the image moves by -crop_padding .. crop_padding each way
  bool flip = false;     // left-right, one time in two
};

// Where one image is taken from.
struct CropAndFlip {
  int shift_y = 0;
  int shift_x = 0;
  bool flip = false;
  friend bool operator==(const CropAndFlip&, const CropAndFlip&) = default;
};

// f(seed, epoch, image), where `image` is the index in the set, so the order of images does not matter.
CropAndFlip DrawCropAndFlip(const Augmentation& augmentation, uint64_t seed, uint32_t epoch, uint32_t image);

// Threads    const use from several threads is safe.
// Ownership  borrows the set, which must outlive it.
class BatchAssembler {
 public:
  // `side`: height and width of the result, >= those of the images, which are put in the middle.
  BatchAssembler(const ImageSet& images, const spec::Normalisation& normalisation, int64_t side);

  int64_t side() const { return side_; }
  int64_t image_floats() const { return set_.channels * side_ * side_; }

  // Writes one image as [channels][side][side].
  void Assemble(uint32_t image, const CropAndFlip& how, std::span<float> out) const;

 private:
  void AssemblePlane(const uint8_t* plane, const std::array<float, 256>& table, const CropAndFlip& how,
                     float* out) const;

  const ImageSet& set_;
  int64_t side_;
  int64_t top_;   // rows of padding above the image
  int64_t left_;  // columns of padding to its left
  std::vector<std::array<float, 256>> tables_;
};

}  // namespace winnow::worker

#endif  // WORKER_DATA_BATCH_ASSEMBLER_H_
