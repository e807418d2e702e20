#include "worker/bench/layer_set.h"

#include <array>
#include <charconv>

#include "base/durable_file.h"
#include "worker/bench/embedded_layers.h"

namespace winnow::worker {
namespace {

std::string_view Trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

}  // namespace

Result<kernels::ConvShape> ParseLayer(std::string_view text) {
  std::array<int64_t, 5> sizes{};
  std::string_view rest = Trimmed(text);
  bool good = true;
  for (size_t i = 0; i < sizes.size() && good; ++i) {
    const size_t comma = std::min(rest.find(','), rest.size());
    const std::string_view number = Trimmed(rest.substr(0, comma));
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), sizes[i]);
    good = error == std::errc() && end == number.data() + number.size() && (comma < rest.size()) == (i < 4);
    rest = rest.substr(std::min(comma + 1, rest.size()));
  }
  if (!good) {
    return Err(
        InvalidArgument("\"" + std::string(text) + "\" is no layer; expected N,C,K,H,W, such as 16,64,64,56,56"));
  }
  const kernels::ConvShape shape{
      .batch = sizes[0], .in_channels = sizes[1], .out_channels = sizes[2], .height = sizes[3], .width = sizes[4]};
  WINNOW_RETURN_ERR_IF_ERROR(shape.Validate());
  return shape;
}

Result<std::vector<kernels::ConvShape>> ParseLayerSet(std::string_view text, std::string_view name) {
  std::vector<kernels::ConvShape> layers;
  int line_number = 0;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view whole = text.substr(0, end);
    const std::string_view line = Trimmed(whole.substr(0, whole.find('#')));
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    if (line.empty()) continue;
    Result<kernels::ConvShape> layer = ParseLayer(line);
    if (!layer) return Err(layer.error().WithContext(std::string(name) + ":" + std::to_string(line_number)));
    layers.push_back(*layer);
  }
  if (layers.empty()) return Err(InvalidArgument(std::string(name) + " holds no layer"));
  return layers;
}

std::vector<std::string> LayerSetNames() {
  std::vector<std::string> names;
  for (const EmbeddedLayers& set : kEmbeddedLayers) names.emplace_back(set.name);
  return names;
}

Result<std::vector<kernels::ConvShape>> FindLayerSet(const std::string& name_or_file) {
  for (const EmbeddedLayers& set : kEmbeddedLayers) {
    if (set.name == name_or_file) return ParseLayerSet(set.text, set.name);
  }
  Result<std::string> text = ReadFile(name_or_file, size_t{1} << 20);
  if (text) return ParseLayerSet(*text, name_or_file);
  if (text.error().code() != StatusCode::kNotFound) return Err(text.error());
  std::string names;
  for (const std::string& name : LayerSetNames()) names += " " + name;
  return Err(NotFound("\"" + name_or_file + "\" is neither a file nor one of the layer sets:" + names));
}

}  // namespace winnow::worker
