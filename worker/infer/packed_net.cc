#include "worker/infer/packed_net.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include "kernels/filter/mapped_file.h"
#include "kernels/filter/packed_file.h"
#include "kernels/filter/xxh64.h"
#include "kernels/isa/isa.h"
#include "worker/checkpoint/metadata.h"
#include "worker/checkpoint/tensor_bytes.h"
#include "worker/infer/planned_conv2d.h"
#include "worker/nn/torch_status.h"
#include "worker/nn/winograd_conv2d.h"

namespace winnow::worker {
namespace {

constexpr std::string_view kFormatPrefix = "winnow-packed-net-";
constexpr std::string_view kFormat = "winnow-packed-net-1";
constexpr std::string_view kVariantPrefix = "variant.";
constexpr std::string_view kPackedSuffix = ".packed";
constexpr const char* kChecksum = "checksum";
constexpr const char* kRemedy = "; write it again with `winnow export --packed`";
constexpr size_t kFilterAlignment = 64;

std::string PackedName(const std::string& layer) { return layer + std::string(kPackedSuffix); }

std::string HexText(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

Status CheckFormat(const SafetensorsFile& file) {
  const auto format = file.metadata().find("format");
  if (!PackedNet::Is(file)) {
    return InvalidArgument(file.name() + ": not a packed net (its metadata \"format\" is " +
                           (format == file.metadata().end() ? "missing" : "\"" + format->second + "\"") +
                           "); `winnow export --packed` writes one");
  }
  if (format->second != kFormat) {
    return InvalidArgument(file.name() + ": a packed net of format \"" + format->second +
                           "\", and this program reads \"" + std::string(kFormat) + "\"" + kRemedy);
  }
  const auto checksum = file.metadata().find(kChecksum);
  if (checksum != file.metadata().end() && checksum->second == PackedNetChecksum(file.tensors(), file.metadata())) {
    return OkStatus();
  }
  return DataLoss(file.name() + ": its checksum does not match, so it was changed after it was written" + kRemedy);
}

Result<spec::DataSet> FindDataSetOf(const SafetensorsFile& file) {
  int channels = 0, height = 0, width = 0, classes = 0;
  for (const auto& [key, value] : {std::pair("image_channels", &channels), std::pair("image_height", &height),
                                   std::pair("image_width", &width), std::pair("classes", &classes)}) {
    WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, key, *value));
  }
  for (const spec::DataSet& set : spec::DataSets()) {
    if (set.channels == channels && set.height == height && set.width == width && set.classes == classes) return set;
  }
  if (channels == 3 && height == width && classes > 0) return spec::FindDataSet(spec::kImageFolder, classes, height);
  return Err(InvalidArgument(file.name() + ": it is for images of " + std::to_string(channels) + " x " +
                             std::to_string(height) + " x " + std::to_string(width) + " in " + std::to_string(classes) +
                             " classes, which no data set of this program has"));
}

StringMap PackedMetadata(const Net& net, const NetDescription& description, int64_t batch) {
  const spec::Network& network = net.network();
  StringMap metadata = MetadataOf(net, description);
  metadata["format"] = kFormat;
  metadata["image_channels"] = std::to_string(network.image_channels);
  metadata["image_height"] = std::to_string(network.image_height);
  metadata["image_width"] = std::to_string(network.image_width);
  metadata["classes"] = std::to_string(net.network().classes);
  metadata["batch_size"] = std::to_string(batch);
  metadata["threads"] = std::to_string(at::get_num_threads());
  metadata["isa"] = kernels::IsaName(kernels::BestIsa());
  return metadata;
}

}  // namespace

std::string PackedNetChecksum(const TensorViews& tensors, const StringMap& metadata) {
  std::string text;
  for (const auto& [key, value] : metadata) {
    if (key != kChecksum) text.append(key).append("=").append(value).append("\n");
  }
  for (const auto& [name, view] : tensors) {
    text.append(name).append(" ").append(ElementTypeName(view.type)).append(" ").append(ShapeText(view.shape));
    text.append(" ").append(HexText(kernels::Xxh64(view.bytes))).append("\n");
  }
  return HexText(kernels::Xxh64(std::as_bytes(std::span(text))));
}

Result<SafetensorsFile> PackedNet::Map(const std::filesystem::path& path) {
  WINNOW_ASSIGN_OR_RETURN(kernels::MappedFile file, kernels::MapFile(path));
  return SafetensorsFile::Borrow(file.bytes, std::move(file.owner), path.string());
}

bool PackedNet::Is(const SafetensorsFile& file) {
  const auto format = file.metadata().find("format");
  return format != file.metadata().end() && format->second.starts_with(kFormatPrefix);
}

Result<PackedNet> PackedNet::Open(SafetensorsFile file) {
  WINNOW_RETURN_ERR_IF_ERROR(CheckFormat(file));
  WINNOW_ASSIGN_OR_RETURN(NetDescription description, ReadDescription(file));
  WINNOW_ASSIGN_OR_RETURN(spec::DataSet data_set, FindDataSetOf(file));
  Result<spec::Network> network = spec::FindNetwork(description.model, description.width, description.graph, data_set);
  if (!network) return Err(InvalidArgument(file.name() + ": " + network.error().message()));
  PackedNet net(std::move(file), std::move(description), std::move(data_set), *std::move(network));
  WINNOW_RETURN_ERR_IF_ERROR(net.ReadFilters());
  return net;
}

PackedNet::PackedNet(SafetensorsFile file, NetDescription description, spec::DataSet data_set, spec::Network network)
    : file_(std::move(file)),
      description_(std::move(description)),
      data_set_(std::move(data_set)),
      network_(std::move(network)) {}

Status PackedNet::ReadFilters() {
  for (const auto& [key, variant] : file_.metadata()) {
    if (!key.starts_with(kVariantPrefix)) continue;
    WINNOW_RETURN_IF_ERROR(ReadFilter(key.substr(kVariantPrefix.size()), variant));
  }
  return OkStatus();
}

Status PackedNet::ReadFilter(const std::string& layer, const std::string& variant) {
  const std::string place = file_.name() + ": " + PackedName(layer);
  const spec::Layer* const known = network_.FindLayer(layer);
  if (known == nullptr || !known->prunable()) {
    return InvalidArgument(place + ": " + network_.name + " has no prunable layer " + layer + kRemedy);
  }
  const auto tensor = file_.tensors().find(PackedName(layer));
  if (tensor == file_.tensors().end()) return InvalidArgument(place + ": the tensor is missing" + kRemedy);
  Result<kernels::PackedFilter> filter = kernels::ParsePackedFilter(tensor->second.bytes, file_.owner());
  if (!filter) return filter.error().WithContext(place);
  const auto describe = [](std::string_view name, int64_t out_channels, int64_t in_channels) {
    return std::string(name) + " with " + std::to_string(out_channels) + " output and " + std::to_string(in_channels) +
           " input channels";
  };
  const std::string found =
      describe(kernels::VariantName(filter->variant()), filter->out_channels(), filter->in_channels());
  const std::string expected = describe(variant, known->out_channels, known->in_channels);
  if (found != expected) return InvalidArgument(place + ": it is of " + found + ", the layer of " + expected + kRemedy);
  filters_.emplace(layer, *std::move(filter));
  return OkStatus();
}

Result<std::shared_ptr<Net>> PackedNet::MakeNetOfPlans() const {
  WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, MakeNet(network_, /*seed=*/0));
  net->eval();
  FoldBatchNorm(*net);
  const auto scratch = std::make_shared<kernels::ScratchBuffer>();
  TensorViews others = file_.tensors();
  for (const auto& [layer, filter] : filters_) {
    ConvUnit& unit = *net->FindConv(layer);
    unit.Replace(std::make_shared<PlannedConv2d>(unit.conv().geometry(), filter, scratch));
    others.erase(PackedName(layer));
  }
  WINNOW_RETURN_ERR_IF_ERROR(LoadState(others, file_.name(), *net));
  return net;
}

Result<DeployedNet> PackedNet::Deploy() const {
  return CatchTorch(file_.name(), [&]() -> Result<DeployedNet> {
    torch::NoGradGuard no_grad;
    WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, MakeNetOfPlans());
    return DeployedNet(std::move(net));
  });
}

Result<std::shared_ptr<Net>> PackedNet::MakeReference() const {
  return CatchTorch(file_.name(), [&]() -> Result<std::shared_ptr<Net>> {
    torch::NoGradGuard no_grad;
    WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, MakeNetOfPlans());
    for (const auto& [layer, filter] : filters_) {
      ConvUnit& unit = *net->FindConv(layer);
      ConvLayer& planned = unit.conv();
      const auto conv = std::make_shared<WinogradConv2d>(planned.geometry(), planned.tile_size());
      conv->kernel().copy_(planned.kernel());
      conv->SetBias(planned.bias());
      conv->eval();
      unit.Replace(conv);
    }
    return net;
  });
}

Status WritePackedNet(const std::filesystem::path& path, DeployedNet& net, const NetDescription& description,
                      int64_t batch) {
  return CatchTorch("cannot write " + path.string(), [&]() -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(const auto filters, net.PackFilters(batch));
    StringMap metadata = PackedMetadata(net.net(), description, batch);
    NamedTensors others;
    for (const auto& [name, tensor] : StateOf(net.net())) WINNOW_RETURN_IF_ERROR(others.Add(name, tensor));
    TensorViews tensors = others.views();
    std::map<std::string, std::vector<std::byte>> packed;
    for (const auto& [layer, filter] : filters) {
      const std::vector<std::byte>& bytes = packed[layer] = kernels::SerializePackedFilter(filter);
      tensors[PackedName(layer)] = {.type = ElementType::kU8,
                                    .shape = {static_cast<int64_t>(bytes.size())},
                                    .bytes = bytes,
                                    .alignment = kFilterAlignment};
      metadata[std::string(kVariantPrefix) + layer] = kernels::VariantName(filter.variant());
    }
    metadata[kChecksum] = PackedNetChecksum(tensors, metadata);
    return WriteSafetensors(path, tensors, metadata);
  });
}

}  // namespace winnow::worker
