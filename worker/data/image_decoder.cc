#include "worker/data/image_decoder.h"

#include <algorithm>
#include <string>

#ifdef WINNOW_WITH_IMAGES

#include <png.h>

#include <csetjmp>
#include <cstdio>  // jpeglib.h wants it before
#include <cstring>

#include <jerror.h>
#include <jpeglib.h>

namespace winnow::worker {
namespace {

constexpr uint8_t kJpegStart[] = {0xFF, 0xD8, 0xFF};
constexpr uint8_t kPngStart[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

template <size_t kBytes>
bool BeginsWith(std::span<const uint8_t> file, const uint8_t (&start)[kBytes]) {
  return file.size() >= kBytes && std::equal(start, start + kBytes, file.begin());
}

Status TooLarge(int64_t height, int64_t width) {
  return DataLoss("an image of " + std::to_string(height) + "x" + std::to_string(width) + " pixels, more than " +
                  std::to_string(kMostPixels));
}

// libjpeg leaves its calls by longjmp, so what they run in holds nothing that has a destructor.
struct JpegErrors {
  jpeg_error_mgr manager;
  jmp_buf back;
  char message[JMSG_LENGTH_MAX];
  bool cut_off;
};

void LeaveOnError(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  longjmp(errors->back, 1);
}

// Of the warnings, those count that say that rows are missing; libjpeg fills these with grey.
void NoteWarning(j_common_ptr info, int level) {
  if (level >= 0) return;
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  const int code = info->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER) errors->cut_off = true;
  info->err->num_warnings++;
}

// Called once the size is known; gives the rows' memory, or null to leave it at the size.
using RowsMaker = uint8_t* (*)(void* context, const jpeg_decompress_struct& info);

// False with errors.message where it went wrong.
bool DecompressJpeg(const uint8_t* bytes, size_t count, JpegErrors& errors, RowsMaker make_rows, void* context) {
  jpeg_decompress_struct info;
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = LeaveOnError;
  errors.manager.emit_message = NoteWarning;
  errors.cut_off = false;
  errors.message[0] = '\0';
  if (setjmp(errors.back) != 0) {
    jpeg_destroy_decompress(&info);
    return false;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, bytes, static_cast<unsigned long>(count));
  jpeg_read_header(&info, TRUE);
  const bool four = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
  info.out_color_space = four ? JCS_CMYK : JCS_RGB;
  info.dct_method = JDCT_ISLOW;
  uint8_t* rows = make_rows(context, info);
  if (rows != nullptr) {
    jpeg_start_decompress(&info);
    const size_t row_bytes = static_cast<size_t>(info.output_width) * static_cast<size_t>(info.output_components);
    while (info.output_scanline < info.output_height) {
      JSAMPROW row = rows + info.output_scanline * row_bytes;
      jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
  }
  jpeg_destroy_decompress(&info);
  return true;
}

struct JpegRows {
  ImageSize size;
  bool with_rows = true;
  int channels = 3;
  bool inverted = false;  // Adobe writes CMYK so
  std::vector<uint8_t> bytes;

  static uint8_t* Make(void* context, const jpeg_decompress_struct& info) {
    auto* rows = static_cast<JpegRows*>(context);
    rows->size = {static_cast<int>(info.image_height), static_cast<int>(info.image_width)};
    if (!rows->with_rows || int64_t{rows->size.height} * rows->size.width > kMostPixels) return nullptr;
    rows->channels = info.out_color_space == JCS_CMYK ? 4 : 3;
    rows->inverted = info.saw_Adobe_marker != 0;
    rows->bytes.resize(static_cast<size_t>(rows->size.height) * static_cast<size_t>(rows->size.width) *
                       static_cast<size_t>(rows->channels));
    return rows->bytes.data();
  }
};

std::vector<uint8_t> RgbFromCmyk(const std::vector<uint8_t>& cmyk, bool inverted) {
  std::vector<uint8_t> rgb(cmyk.size() / 4 * 3);
  for (size_t pixel = 0; pixel < cmyk.size() / 4; ++pixel) {
    const auto left_over = [&](size_t i) {
      const int value = cmyk[4 * pixel + i];
      return inverted ? value : 255 - value;
    };
    for (size_t i = 0; i < 3; ++i) {
      rgb[3 * pixel + i] = static_cast<uint8_t>((left_over(i) * left_over(3) + 127) / 255);
    }
  }
  return rgb;
}

Result<RgbImage> DecodeJpeg(std::span<const uint8_t> file, bool with_rows) {
  JpegRows rows;
  rows.with_rows = with_rows;
  JpegErrors errors;
  if (!DecompressJpeg(file.data(), file.size(), errors, JpegRows::Make, &rows)) {
    return Err(DataLoss("libjpeg: " + std::string(errors.message)));
  }
  if (int64_t{rows.size.height} * rows.size.width > kMostPixels) {
    return Err(TooLarge(rows.size.height, rows.size.width));
  }
  if (errors.cut_off && with_rows) return Err(DataLoss("the JPEG data ends too early or is damaged"));
  RgbImage image;
  image.size = rows.size;
  image.pixels = rows.channels == 4 ? RgbFromCmyk(rows.bytes, rows.inverted) : std::move(rows.bytes);
  return image;
}

Result<RgbImage> DecodePng(std::span<const uint8_t> file, bool with_rows) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  const auto fault = [&] {
    Status status = DataLoss("libpng: " + std::string(png.message));
    png_image_free(&png);
    return status;
  };
  if (png_image_begin_read_from_memory(&png, file.data(), file.size()) == 0) return Err(fault());
  RgbImage image;
  image.size = {static_cast<int>(png.height), static_cast<int>(png.width)};
  const int64_t pixels = int64_t{png.height} * png.width;
  if (pixels > kMostPixels || !with_rows) {
    png_image_free(&png);
    if (pixels > kMostPixels) return Err(TooLarge(png.height, png.width));
    return image;
  }
  png.format = PNG_FORMAT_RGBA;
  png.flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  std::vector<uint8_t> rgba(static_cast<size_t>(pixels) * 4);
  if (png_image_finish_read(&png, nullptr, rgba.data(), 0, nullptr) == 0) return Err(fault());
  image.pixels.resize(static_cast<size_t>(pixels) * 3);
  for (size_t i = 0; i < static_cast<size_t>(pixels); ++i) std::memcpy(&image.pixels[3 * i], &rgba[4 * i], 3);
  return image;
}

Result<RgbImage> Decode(std::span<const uint8_t> file, bool with_rows) {
  if (BeginsWith(file, kJpegStart)) return DecodeJpeg(file, with_rows);
  if (BeginsWith(file, kPngStart)) return DecodePng(file, with_rows);
  return Err(DataLoss(file.empty() ? "an empty file" : "neither a JPEG nor a PNG image"));
}

}  // namespace

bool CanDecodeImages() { return true; }

Result<RgbImage> DecodeImage(std::span<const uint8_t> file) { return Decode(file, /*with_rows=*/true); }

Result<ImageSize> ReadImageSize(std::span<const uint8_t> file) {
  WINNOW_ASSIGN_OR_RETURN(const RgbImage image, Decode(file, /*with_rows=*/false));
  return image.size;
}

}  // namespace winnow::worker

#else

namespace winnow::worker {
namespace {

Status NoDecoder() {
  return Unimplemented("this winnow-stage was built without libjpeg and libpng, so it reads no folders of images; " +
                       std::string("build it where both are installed (deploy/packages.txt)"));
}

}  // namespace

bool CanDecodeImages() { return false; }
Result<RgbImage> DecodeImage(std::span<const uint8_t>) { return Err(NoDecoder()); }
Result<ImageSize> ReadImageSize(std::span<const uint8_t>) { return Err(NoDecoder()); }

}  // namespace winnow::worker

#endif
