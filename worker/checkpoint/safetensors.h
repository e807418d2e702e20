// Files of the safetensors format: an 8-byte little-endian length, a JSON header of that length that names each
// tensor's type, shape and place, then the tensors' bytes. https://github.com/huggingface/safetensors, "Format".
//
// Layout   tensors are little-endian and row-major. Written files are a function of their content: header members in
//          byte order of their names, bytes ordered by (alignment descending, name) so that each tensor is aligned
//          without a gap, which the format forbids; the header is padded with spaces so that the bytes begin at a
//          multiple of 8 and of the largest alignment.
#ifndef WORKER_CHECKPOINT_SAFETENSORS_H_
#define WORKER_CHECKPOINT_SAFETENSORS_H_

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace winnow::worker {

// The types of the format that LibTorch has too.
enum class ElementType { kF64, kF32, kF16, kBF16, kI64, kI32, kI16, kI8, kU8, kBool };

// "F32" and so on.
std::string_view ElementTypeName(ElementType type);
size_t ElementSize(ElementType type);

// Ownership  `bytes` belongs to the file object or to whoever made the view.
struct TensorView {
  ElementType type = ElementType::kF32;
  std::vector<int64_t> shape;  // empty: a scalar
  std::span<const std::byte> bytes;
  // In a written file: a power of two of which the size of `bytes` is a multiple; 0 for the element's size.
  size_t alignment = 0;
};

using TensorViews = std::map<std::string, TensorView>;
using StringMap = std::map<std::string, std::string>;

// A file checked whole: read, or where somebody else keeps its bytes.
//
// Ownership  shares the bytes; copying copies no tensor.
// Threads    const use from several threads is safe.
class SafetensorsFile {
 public:
  // Errors   kNotFound   no such file
  //          kDataLoss   not safetensors: truncated, header too long (100 MiB) or not the JSON the format asks for,
  //                      unknown type, offsets outside the file, overlapping or leaving gaps, size and shape disagree.
  //                      Names the file and, where there is one, the tensor.
  static Result<SafetensorsFile> Read(const std::filesystem::path& path);
  // The same from memory; `name` stands in messages.
  static Result<SafetensorsFile> Parse(std::string content, std::string_view name);
  // The same without a copy: `owner` keeps the bytes alive and unchanged.
  static Result<SafetensorsFile> Borrow(std::span<const std::byte> content, std::shared_ptr<const void> owner,
                                        std::string_view name);

  const TensorViews& tensors() const { return tensors_; }
  const StringMap& metadata() const { return metadata_; }
  const std::string& name() const { return name_; }
  // Of the bytes that tensors() look at.
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  SafetensorsFile() = default;

  std::string name_;
  std::shared_ptr<const void> owner_;
  TensorViews tensors_;
  StringMap metadata_;
};

// The bytes of a file.
std::string SerializeSafetensors(const TensorViews& tensors, const StringMap& metadata);

// Writes a file durably: whole or not at all.
Status WriteSafetensors(const std::filesystem::path& path, const TensorViews& tensors, const StringMap& metadata);

}  // namespace winnow::worker

#endif  // WORKER_CHECKPOINT_SAFETENSORS_H_
