#include "worker/data/batch_assembler.h"

#include <algorithm>

#include "base/counter_random.h"
#include "worker/data/image_decoder.h"
#include "worker/data/image_file.h"
#include "worker/data/image_region.h"
#include "worker/data/resample.h"

namespace winnow::worker {

CropAndFlip DrawCropAndFlip(const Augmentation& augmentation, uint64_t seed, uint32_t epoch, uint32_t image) {
  const RandomWords words = RandomAt(seed, RandomStream::kAugmentation, epoch, image);
  const auto range = static_cast<uint32_t>(2 * augmentation.crop_padding + 1);
  return {.shift_y = static_cast<int>(RandomBelow(words[0], range)) - augmentation.crop_padding,
          .shift_x = static_cast<int>(RandomBelow(words[1], range)) - augmentation.crop_padding,
          .flip = augmentation.flip && (words[2] >> 31) != 0};
}

BatchAssembler::BatchAssembler(const ImageSet& images, const spec::Normalisation& normalisation, int64_t side)
    : set_(images),
      side_(side),
      top_((side - images.height) / 2),
      left_((side - images.width) / 2),
      normalisation_(normalisation) {
  tables_.resize(static_cast<size_t>(images.channels));
  for (size_t channel = 0; channel < tables_.size(); ++channel) {
    for (int pixel = 0; pixel < 256; ++pixel) {
      tables_[channel][static_cast<size_t>(pixel)] =
          (static_cast<float>(pixel) / 255.0f - normalisation.mean[channel]) / normalisation.deviation[channel];
    }
  }
}

Status BatchAssembler::Assemble(uint32_t image, const Augmentation& augmentation,
                                const std::optional<RandomPlace>& place, std::span<float> out) const {
  if (decodes()) return AssembleFile(image, augmentation, place, out);
  const CropAndFlip how = place ? DrawCropAndFlip(augmentation, place->seed, place->epoch, image) : CropAndFlip();
  Assemble(image, how, out);
  return OkStatus();
}

Status BatchAssembler::AssembleFile(uint32_t image, const Augmentation& augmentation,
                                    const std::optional<RandomPlace>& place, std::span<float> out) const {
  const std::filesystem::path& path = set_.files[image];
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::vector<uint8_t> bytes, ReadImageFile(path, SIZE_MAX));
  const Result<RgbImage> decoded = DecodeImage(bytes);
  if (!decoded) return decoded.error().WithContext(path.string());
  const ImageRegion region = place ? DrawResizedCrop(decoded->size, augmentation.least_area, augmentation.flip,
                                                     place->seed, place->epoch, image)
                                   : CentreCrop(decoded->size, side_);
  Resample(*decoded, region, side_, out);
  const size_t plane = static_cast<size_t>(side_ * side_);
  for (size_t channel = 0; channel < normalisation_.mean.size(); ++channel) {
    const float mean = normalisation_.mean[channel], deviation = normalisation_.deviation[channel];
    for (float& value : out.subspan(channel * plane, plane)) value = (value / 255.0f - mean) / deviation;
  }
  return OkStatus();
}

void BatchAssembler::Assemble(uint32_t image, const CropAndFlip& how, std::span<float> out) const {
  const uint8_t* plane = set_.image(image).data();
  float* to = out.data();
  for (const std::array<float, 256>& table : tables_) {
    AssemblePlane(plane, table, how, to);
    plane += set_.height * set_.width;
    to += side_ * side_;
  }
}

void BatchAssembler::AssemblePlane(const uint8_t* plane, const std::array<float, 256>& table, const CropAndFlip& how,
                                   float* out) const {
  const float black = table[0];
  // Columns of `out` that show the image, before flipping: [begin, end).
  const int64_t left = left_ + how.shift_x;
  const int64_t begin = std::clamp<int64_t>(left, 0, side_);
  const int64_t end = std::clamp<int64_t>(left + set_.width, 0, side_);
  for (int64_t y = 0; y < side_; ++y) {
    float* row = out + y * side_;
    const int64_t from_y = y - top_ - how.shift_y;
    if (from_y < 0 || from_y >= set_.height || begin >= end) {
      std::fill(row, row + side_, black);
      continue;
    }
    const uint8_t* from = plane + from_y * set_.width;
    if (how.flip) {
      // Column x of the unflipped row goes to side - 1 - x.
      float* last = row + side_ - 1;
      for (int64_t x = 0; x < begin; ++x) *(last - x) = black;
      for (int64_t x = begin; x < end; ++x) *(last - x) = table[from[x - left]];
      for (int64_t x = end; x < side_; ++x) *(last - x) = black;
    } else {
      std::fill(row, row + begin, black);
      for (int64_t x = begin; x < end; ++x) row[x] = table[from[x - left]];
      std::fill(row + end, row + side_, black);
    }
  }
}

}  // namespace winnow::worker
