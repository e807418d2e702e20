#include "worker/checkpoint/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <optional>

#include "base/durable_file.h"
#include "base/json.h"

namespace winnow::worker {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors bytes are little-endian");

constexpr size_t kLengthBytes = 8;
constexpr size_t kHeaderAlignment = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // the format's own limit

struct TypeEntry {
  ElementType type;
  std::string_view name;
  size_t size;
};

constexpr std::array<TypeEntry, 10> kTypes = {{{ElementType::kF64, "F64", 8},
                                               {ElementType::kF32, "F32", 4},
                                               {ElementType::kF16, "F16", 2},
                                               {ElementType::kBF16, "BF16", 2},
                                               {ElementType::kI64, "I64", 8},
                                               {ElementType::kI32, "I32", 4},
                                               {ElementType::kI16, "I16", 2},
                                               {ElementType::kI8, "I8", 1},
                                               {ElementType::kU8, "U8", 1},
                                               {ElementType::kBool, "BOOL", 1}}};

std::optional<ElementType> FindType(std::string_view name) {
  for (const TypeEntry& entry : kTypes) {
    if (entry.name == name) return entry.type;
  }
  return std::nullopt;
}

// Reads one file's header. Every fault names the file and the tensor.
class HeaderReader {
 public:
  HeaderReader(std::string_view file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  Status Read(const Json& header, TensorViews& tensors, StringMap& metadata) {
    if (!header.is_object()) return Fault("the header is not a JSON object");
    for (const auto& [name, entry] : header.items()) {
      WINNOW_RETURN_IF_ERROR(name == "__metadata__" ? ReadMetadata(entry, metadata) : ReadTensor(name, entry, tensors));
    }
    return CheckCover();
  }

 private:
  struct Range {
    uint64_t begin, end;
    std::string name;
  };

  Status Fault(const std::string& what) const { return DataLoss(file_ + ": not a safetensors file: " + what); }
  Status TensorFault(const std::string& name, const std::string& what) const {
    return Fault("tensor \"" + name + "\": " + what);
  }

  Status ReadMetadata(const Json& entry, StringMap& metadata) const {
    if (!entry.is_object()) return Fault("__metadata__ is not an object of strings");
    for (const auto& [key, value] : entry.items()) {
      if (!value.is_string()) return Fault("__metadata__ member \"" + key + "\" is not a string");
      metadata[key] = value.get<std::string>();
    }
    return OkStatus();
  }

  // A member that is an array of unsigned integers.
  static std::optional<std::vector<uint64_t>> Unsigneds(const Json& entry, const char* member) {
    const auto found = entry.find(member);
    if (found == entry.end() || !found->is_array()) return std::nullopt;
    std::vector<uint64_t> values;
    for (const Json& value : *found) {
      if (!value.is_number_unsigned()) return std::nullopt;
      values.push_back(value.get<uint64_t>());
    }
    return values;
  }

  Status ReadTensor(const std::string& name, const Json& entry, TensorViews& tensors) {
    if (!entry.is_object()) return TensorFault(name, "its header entry is not an object");
    const auto dtype = entry.find("dtype");
    if (dtype == entry.end() || !dtype->is_string()) return TensorFault(name, "it has no dtype");
    const std::optional<ElementType> type = FindType(dtype->get<std::string>());
    if (!type) return TensorFault(name, "its dtype " + dtype->get<std::string>() + " is not known");
    const auto shape = Unsigneds(entry, "shape");
    if (!shape) return TensorFault(name, "its shape is not an array of sizes");
    const auto offsets = Unsigneds(entry, "data_offsets");
    if (!offsets || offsets->size() != 2) return TensorFault(name, "its data_offsets are not two numbers");
    const uint64_t begin = (*offsets)[0], end = (*offsets)[1];
    if (begin > end || end > bytes_.size()) {
      return TensorFault(name, "its data_offsets " + std::to_string(begin) + " to " + std::to_string(end) +
                                   " lie outside the " + std::to_string(bytes_.size()) +
                                   " bytes of data (is the file truncated?)");
    }
    TensorView view{.type = *type, .shape = {}, .bytes = bytes_.subspan(begin, end - begin)};
    unsigned __int128 expected = ElementSize(*type);
    for (const uint64_t size : *shape) {
      // Sizes past the file's own cannot be right, and stopping there keeps the product from running over.
      if (size > (uint64_t{1} << 48)) return TensorFault(name, "a size of " + std::to_string(size) + " is absurd");
      view.shape.push_back(static_cast<int64_t>(size));
      expected = std::min<unsigned __int128>(expected * size, static_cast<unsigned __int128>(1) << 64);
    }
    if (expected != end - begin) {
      return TensorFault(name, "its shape and dtype disagree with its " + std::to_string(end - begin) + " bytes");
    }
    tensors.emplace(name, std::move(view));
    ranges_.push_back({begin, end, name});
    return OkStatus();
  }

  // The format wants every byte to belong to exactly one tensor.
  Status CheckCover() {
    std::sort(ranges_.begin(), ranges_.end(),
              [](const Range& a, const Range& b) { return a.begin != b.begin ? a.begin < b.begin : a.end < b.end; });
    uint64_t at = 0;
    for (const Range& range : ranges_) {
      if (range.begin < at) return TensorFault(range.name, "its bytes overlap another tensor's");
      if (range.begin > at) return TensorFault(range.name, "there is a gap before its bytes");
      at = range.end;
    }
    if (at != bytes_.size()) {
      return Fault(std::to_string(bytes_.size() - at) + " bytes at its end belong to no tensor");
    }
    return OkStatus();
  }

  std::string file_;
  std::span<const std::byte> bytes_;
  std::vector<Range> ranges_;
};

size_t AlignmentOf(const TensorView& view) { return std::max(view.alignment, ElementSize(view.type)); }

// Order of the bytes in a written file.
std::vector<TensorViews::const_iterator> WritingOrder(const TensorViews& tensors) {
  std::vector<TensorViews::const_iterator> order;
  for (auto it = tensors.begin(); it != tensors.end(); ++it) order.push_back(it);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& a, const auto& b) { return AlignmentOf(a->second) > AlignmentOf(b->second); });
  return order;
}

}  // namespace

std::string_view ElementTypeName(ElementType type) {
  for (const TypeEntry& entry : kTypes) {
    if (entry.type == type) return entry.name;
  }
  return "?";
}

size_t ElementSize(ElementType type) {
  for (const TypeEntry& entry : kTypes) {
    if (entry.type == type) return entry.size;
  }
  return 0;
}

Result<SafetensorsFile> SafetensorsFile::Read(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(std::string content, ReadFile(path));
  return Parse(std::move(content), path.string());
}

Result<SafetensorsFile> SafetensorsFile::Parse(std::string content, std::string_view name) {
  const auto kept = std::make_shared<const std::string>(std::move(content));
  return Borrow(std::as_bytes(std::span(*kept)), kept, name);
}

Result<SafetensorsFile> SafetensorsFile::Borrow(std::span<const std::byte> content, std::shared_ptr<const void> owner,
                                                std::string_view name) {
  const auto fault = [&](const std::string& what) {
    return Err(DataLoss(std::string(name) + ": not a safetensors file: " + what));
  };
  if (content.size() < kLengthBytes) return fault("it has " + std::to_string(content.size()) + " bytes only");
  uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, content.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes) {
    return fault("its header would be " + std::to_string(header_bytes) + " bytes, over the limit of " +
                 std::to_string(kMaxHeaderBytes));
  }
  if (header_bytes > content.size() - kLengthBytes) {
    return fault("truncated: a header of " + std::to_string(header_bytes) + " bytes in a file of " +
                 std::to_string(content.size()));
  }
  const auto* const text = reinterpret_cast<const char*>(content.data()) + kLengthBytes;
  Result<Json> header = ParseJson(std::string_view(text, header_bytes));
  if (!header) return fault("its header is not JSON: " + header.error().message());

  SafetensorsFile file;
  file.name_ = name;
  file.owner_ = std::move(owner);
  HeaderReader reader(name, content.subspan(kLengthBytes + header_bytes));
  WINNOW_RETURN_ERR_IF_ERROR(reader.Read(*header, file.tensors_, file.metadata_));
  return file;
}

std::string SerializeSafetensors(const TensorViews& tensors, const StringMap& metadata) {
  const std::vector<TensorViews::const_iterator> order = WritingOrder(tensors);
  Json header = Json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t offset = 0;
  for (const auto& tensor : order) {
    const TensorView& view = tensor->second;
    header[tensor->first] = {{"dtype", ElementTypeName(view.type)},
                             {"shape", view.shape},
                             {"data_offsets", {offset, offset + view.bytes.size()}}};
    offset += view.bytes.size();
  }
  std::string text = DumpJson(header);
  const size_t alignment = std::max(kHeaderAlignment, order.empty() ? 0 : AlignmentOf(order.front()->second));
  text.resize((kLengthBytes + text.size() + alignment - 1) / alignment * alignment - kLengthBytes, ' ');

  std::string content(kLengthBytes, '\0');
  const uint64_t header_bytes = text.size();
  std::memcpy(content.data(), &header_bytes, kLengthBytes);
  content.reserve(kLengthBytes + text.size() + offset);
  content += text;
  for (const auto& tensor : order) {
    const std::span<const std::byte> bytes = tensor->second.bytes;
    content.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  return content;
}

Status WriteSafetensors(const std::filesystem::path& path, const TensorViews& tensors, const StringMap& metadata) {
  return WriteFileDurably(path, SerializeSafetensors(tensors, metadata));
}

}  // namespace winnow::worker
