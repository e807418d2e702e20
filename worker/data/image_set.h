// Images and their labels: in memory, as they lie in the files, or the files themselves.
#ifndef WORKER_DATA_IMAGE_SET_H_
#define WORKER_DATA_IMAGE_SET_H_

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace winnow::worker {

// Layout   pixels [count][channels][height][width], one byte each; labels [count], each < classes. Where there are
//          files, [count], there are no pixels, and height and width are those that a net gets.
struct ImageSet {
  int64_t count = 0;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  int64_t classes = 0;
  std::vector<uint8_t> pixels;
  std::vector<uint16_t> labels;
  std::vector<std::filesystem::path> files;

  int64_t image_size() const { return channels * height * width; }
  std::span<const uint8_t> image(int64_t index) const {
    return std::span(pixels).subspan(static_cast<size_t>(index * image_size()), static_cast<size_t>(image_size()));
  }
};

}  // namespace winnow::worker

#endif  // WORKER_DATA_IMAGE_SET_H_
