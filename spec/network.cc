#include "spec/network.h"

#include <algorithm>
#include <cmath>

#include "spec/nearest_name.h"

namespace winnow::spec {
namespace {

constexpr std::string_view kVgg = "vgg-nagadomi";
constexpr std::string_view kLenet = "lenet-5-3x3";
constexpr std::string_view kResnet = "resnet-20";
constexpr double kWidest = 4.0;

// Adds layers one behind the other and keeps the size of what flows between them.
class Builder {
 public:
  Builder(std::string_view name, double width, const DataSet& data_set)
      : channels_(data_set.channels), height_(data_set.height), width_(data_set.width) {
    network_.name = name;
    network_.width = width;
    network_.classes = data_set.classes;
  }

  void Conv(const std::string& name, const std::string& batch_norm, int out_channels, int stride, bool has_bias) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kConv;
    layer.in_channels = channels_;
    layer.out_channels = out_channels;
    layer.kernel = 3;
    layer.stride = stride;
    layer.padding = 1;
    layer.input_height = height_;
    layer.input_width = width_;
    layer.has_bias = has_bias;
    layer.batch_norm = batch_norm;
    channels_ = out_channels;
    height_ = layer.output_height();
    width_ = layer.output_width();
    network_.layers.push_back(std::move(layer));
  }

  void Pool() {
    network_.layers.back().pool_after = true;
    height_ /= 2;
    width_ /= 2;
  }

  // Takes all that flows in, flattened.
  void Linear(const std::string& name, int out_features, double dropout_after = 0.0) {
    Layer layer;
    layer.name = name;
    layer.kind = LayerKind::kLinear;
    layer.in_channels = channels_ * height_ * width_;
    layer.out_channels = out_features;
    layer.has_bias = true;
    layer.dropout_after = dropout_after;
    channels_ = out_features;
    height_ = width_ = 1;
    network_.layers.push_back(std::move(layer));
  }

  void GlobalAveragePool() { height_ = width_ = 1; }

  Network Take() { return std::move(network_); }

 private:
  Network network_;
  int channels_, height_, width_;
};

int Scaled(int size, double width) { return std::max(1, static_cast<int>(std::lround(size * width))); }

Network Vgg(double width, const DataSet& data_set) {
  Builder builder(kVgg, width, data_set);
  constexpr int kSizes[] = {64, 64, 128, 128, 256, 256, 256, 256};
  for (int i = 0; i < 8; ++i) {
    const std::string index = std::to_string(i);
    builder.Conv("conv" + index, "bn" + index, Scaled(kSizes[i], width), 1, /*has_bias=*/true);
    if (i == 1 || i == 3 || i == 7) builder.Pool();
  }
  builder.Linear("fc0", Scaled(1024, width), 0.5);
  builder.Linear("fc1", Scaled(1024, width), 0.5);
  builder.Linear("fc2", data_set.classes);
  return builder.Take();
}

Network Lenet(const DataSet& data_set) {
  Builder builder(kLenet, 1.0, data_set);
  constexpr int kSizes[] = {16, 16, 32, 32};
  for (int i = 0; i < 4; ++i) {
    const std::string index = std::to_string(i);
    builder.Conv("conv" + index, "bn" + index, kSizes[i], 1, /*has_bias=*/false);
    if (i == 1 || i == 3) builder.Pool();
  }
  builder.Linear("fc0", 128);
  builder.Linear("fc1", data_set.classes);
  return builder.Take();
}

Network Resnet20(const DataSet& data_set) {
  Builder builder(kResnet, 1.0, data_set);
  builder.Conv("conv1", "bn1", 16, 1, /*has_bias=*/false);
  constexpr int kSizes[] = {16, 32, 64};
  for (int group = 0; group < 3; ++group) {
    for (int block = 0; block < 3; ++block) {
      const std::string prefix = "layer" + std::to_string(group + 1) + "." + std::to_string(block) + ".";
      const int stride = group > 0 && block == 0 ? 2 : 1;
      builder.Conv(prefix + "conv1", prefix + "bn1", kSizes[group], stride, /*has_bias=*/false);
      builder.Conv(prefix + "conv2", prefix + "bn2", kSizes[group], 1, /*has_bias=*/false);
    }
  }
  builder.GlobalAveragePool();
  builder.Linear("linear", data_set.classes);
  return builder.Take();
}

}  // namespace

int64_t Layer::multiplications() const {
  return int64_t{in_channels} * out_channels * kernel * kernel * output_height() * output_width();
}

int64_t Layer::tiles(int m) const { return int64_t{(output_height() + m - 1) / m} * ((output_width() + m - 1) / m); }

int64_t Layer::winograd_multiplications(int m) const {
  return tiles(m) * (m + 2) * (m + 2) * in_channels * out_channels;
}

const Layer* Network::FindLayer(std::string_view layer_name) const {
  for (const Layer& layer : layers) {
    if (layer.name == layer_name) return &layer;
  }
  return nullptr;
}

std::vector<std::string> NetworkNames() { return {std::string(kVgg), std::string(kLenet), std::string(kResnet)}; }

bool TakesWidth(std::string_view network) { return network == kVgg; }

Result<Network> FindNetwork(std::string_view name, double width, const DataSet& data_set) {
  const std::vector<std::string> names = NetworkNames();
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    return Err(NotFound("no network is called \"" + std::string(name) + "\"; " + SuggestNames(name, names)));
  }
  if (!(width > 0.0 && width <= kWidest)) {
    return Err(InvalidArgument("the width of " + std::string(name) + " must be above 0 and at most 4"));
  }
  if (width != 1.0 && !TakesWidth(name)) {
    return Err(InvalidArgument("the width of " + std::string(name) + " can only be 1; of the networks, only " +
                               std::string(kVgg) + " takes another"));
  }
  if (name == kVgg) return Vgg(width, data_set);
  if (name == kLenet) return Lenet(data_set);
  return Resnet20(data_set);
}

}  // namespace winnow::spec
