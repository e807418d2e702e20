// Fuzz target: a safetensors file. Whatever its bytes, it is refused as damaged, or what it says of itself holds and
// writing it again gives a file that says the same.
//
// An input is a header's JSON, a line feed, and the tensors' bytes; the length before the header is made here, since no
// fuzzer keeps it right. One that begins with 0xFF is a whole file after that byte.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <numeric>
#include <string>
#include <string_view>

#include "worker/checkpoint/safetensors.h"

namespace winnow::worker {
namespace {

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "checkpoint_header_fuzz: %s\n", what);
  std::abort();
}

std::string FileOf(std::string_view input) {
  constexpr char kWhole = '\xFF';
  if (!input.empty() && input.front() == kWhole) return std::string(input.substr(1));
  const size_t end = input.find('\n');
  const std::string_view header = input.substr(0, end);
  std::string file;
  for (size_t i = 0; i < sizeof(uint64_t); ++i) file.push_back(static_cast<char>(header.size() >> (8 * i)));
  file += header;
  if (end != std::string_view::npos) file += input.substr(end + 1);
  return file;
}

bool SaysTheSame(const TensorView& a, const TensorView& b) {
  return a.type == b.type && a.shape == b.shape &&
         std::string_view(reinterpret_cast<const char*>(a.bytes.data()), a.bytes.size()) ==
             std::string_view(reinterpret_cast<const char*>(b.bytes.data()), b.bytes.size());
}

void Try(const std::string& content) {
  const Result<SafetensorsFile> file = SafetensorsFile::Parse(content, "input");
  if (!file) {
    Require(file.error().code() == StatusCode::kDataLoss && !file.error().message().empty(),
            "a fault without code or message");
    return;
  }
  size_t bytes = 0;
  for (const auto& [name, tensor] : file->tensors()) {
    const int64_t elements =
        std::accumulate(tensor.shape.begin(), tensor.shape.end(), int64_t{1}, std::multiplies<int64_t>());
    Require(tensor.bytes.size() == static_cast<size_t>(elements) * ElementSize(tensor.type), "a size that is not so");
    bytes += tensor.bytes.size();
  }
  Require(bytes <= content.size(), "tensors that are longer than the file");
  const Result<SafetensorsFile> again =
      SafetensorsFile::Parse(SerializeSafetensors(file->tensors(), file->metadata()), "again");
  Require(again.has_value(), "the reader refuses what the writer made of a good file");
  Require(again->metadata() == file->metadata(), "the metadata changed");
  Require(again->tensors().size() == file->tensors().size(), "a tensor came or went");
  for (const auto& [name, tensor] : file->tensors()) {
    const auto found = again->tensors().find(name);
    Require(found != again->tensors().end() && SaysTheSame(found->second, tensor), "a tensor changed");
  }
}

}  // namespace
}  // namespace winnow::worker

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  winnow::worker::Try(winnow::worker::FileOf({reinterpret_cast<const char*>(data), size}));
  return 0;
}
