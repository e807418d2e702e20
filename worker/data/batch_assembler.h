// Images to normalised floats, with augmentation: from bytes in memory with padding to the net's size, in one pass over
// each image; or from files, decoded and brought to the net's size.
//
// A pixel p of channel c becomes (p / 255 - mean[c]) / deviation[c], through a table of 256 floats a channel, so that
// the result is the same on every machine. Padding of either kind is black (p = 0) and so becomes -mean / deviation.
#ifndef WORKER_DATA_BATCH_ASSEMBLER_H_
#define WORKER_DATA_BATCH_ASSEMBLER_H_

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "spec/data_set.h"
#include "worker/data/image_set.h"

namespace winnow::worker {

struct Augmentation {
  int crop_padding = 0;     // pixels, >= 0: the image moves by -crop_padding .. crop_padding each way
  bool flip = false;        // left-right, one time in two
  double least_area = 1.0;  // of images in files, instead of crop_padding: (0, 1], see DrawResizedCrop()
};

// Where the random changes of an epoch's images come from.
struct RandomPlace {
  uint64_t seed = 0;
  uint32_t epoch = 0;
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
  // `side`: height and width of the result, >= those of images in memory, which are put in the middle.
  BatchAssembler(const ImageSet& images, const spec::Normalisation& normalisation, int64_t side);

  int64_t side() const { return side_; }
  int64_t image_floats() const { return set_.channels * side_ * side_; }

  // Writes one image as [channels][side][side]: changed at random as at `place`, or as it is, of files the middle.
  // kDataLoss and the system's errors of a file, which the message names.
  Status Assemble(uint32_t image, const Augmentation& augmentation, const std::optional<RandomPlace>& place,
                  std::span<float> out) const;
  // One that is in memory.
  void Assemble(uint32_t image, const CropAndFlip& how, std::span<float> out) const;

  // Whether images come from files, so that several threads are worth while.
  bool decodes() const { return !set_.files.empty(); }

 private:
  Status AssembleFile(uint32_t image, const Augmentation& augmentation, const std::optional<RandomPlace>& place,
                      std::span<float> out) const;
  void AssemblePlane(const uint8_t* plane, const std::array<float, 256>& table, const CropAndFlip& how,
                     float* out) const;

  const ImageSet& set_;
  int64_t side_;
  int64_t top_;   // rows of padding above the image
  int64_t left_;  // columns of padding to its left
  std::vector<std::array<float, 256>> tables_;
  const spec::Normalisation normalisation_;
};

}  // namespace winnow::worker

#endif  // WORKER_DATA_BATCH_ASSEMBLER_H_
