// Small images in the formats that folders of images have, written by the libraries that read them.
#ifndef TESTS_UNIT_WORKER_DATA_IMAGE_SAMPLES_H_
#define TESTS_UNIT_WORKER_DATA_IMAGE_SAMPLES_H_

#include <png.h>

#include <cstdint>
#include <cstdio>  // jpeglib.h wants it before
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <jpeglib.h>

#include "tests/unit/worker/data/data_files.h"

namespace winnow::worker {

// JPEG of one colour: 1 (grey), 3 (RGB) or 4 (CMYK) values a pixel; at full quality, so that it comes back within 2.
// Of four, `adobe` writes Adobe's marker, whose readers take the values as inverted.
inline std::string JpegOf(int height, int width, const std::vector<uint8_t>& colour, bool adobe = false) {
  jpeg_compress_struct info;
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long count = 0;
  jpeg_mem_dest(&info, &bytes, &count);
  info.image_height = static_cast<JDIMENSION>(height);
  info.image_width = static_cast<JDIMENSION>(width);
  info.input_components = static_cast<int>(colour.size());
  info.in_color_space = colour.size() == 1 ? JCS_GRAYSCALE : colour.size() == 3 ? JCS_RGB : JCS_CMYK;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  info.write_Adobe_marker = adobe ? TRUE : FALSE;
  jpeg_start_compress(&info, TRUE);
  std::vector<uint8_t> row;
  for (int x = 0; x < width; ++x) row.insert(row.end(), colour.begin(), colour.end());
  JSAMPROW rows[] = {row.data()};
  for (int y = 0; y < height; ++y) jpeg_write_scanlines(&info, rows, 1);
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string file(reinterpret_cast<char*>(bytes), count);
  std::free(bytes);
  return file;
}

// `format` of libpng's simplified interface; `pixels` as it wants them.
inline std::string PngOf(int height, int width, uint32_t format, const void* pixels) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.height = static_cast<png_uint_32>(height);
  png.width = static_cast<png_uint_32>(width);
  png.format = format;
  png_alloc_size_t count = 0;
  png_image_write_to_memory(&png, nullptr, &count, 0, pixels, 0, nullptr);
  std::string file(count, '\0');
  png_image_write_to_memory(&png, file.data(), &count, 0, pixels, 0, nullptr);
  file.resize(count);
  return file;
}

inline std::vector<uint8_t> BytesOf(const std::string& file) { return {file.begin(), file.end()}; }

inline void WriteImage(const std::filesystem::path& path, const std::string& file) {
  std::filesystem::create_directories(path.parent_path());
  WriteRaw(path, file);
}

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_DATA_IMAGE_SAMPLES_H_
