#include "worker/checkpoint/checkpoint.h"

#include <algorithm>
#include <vector>

#include "base/json.h"
#include "worker/checkpoint/metadata.h"
#include "worker/checkpoint/tensor_bytes.h"
#include "worker/nn/torch_status.h"
#include "worker/pruning/tile_size.h"

namespace winnow::worker {
namespace {

constexpr std::string_view kFormat = "winnow-checkpoint-1";
constexpr std::string_view kMaskPrefix = "mask.";
constexpr std::string_view kOptimizerPrefix = "optimizer.";
constexpr std::string_view kDenseCopyPrefix = "dense_copy.";
constexpr std::string_view kNotePrefix = "note.";
constexpr std::string_view kBatchCount = "num_batches_tracked";  // PyTorch's; nothing here uses it
constexpr std::string_view kWinogradWeight = ".winograd_weight";
constexpr const char* kGraph = "graph";
constexpr const char* kClasses = "classes";
constexpr const char* kImageSide = "image_side";
constexpr const char* kWinogradRelu = "winograd_relu";

Status AddState(const Net& net, NamedTensors& tensors) {
  for (const auto& [name, tensor] : StateOf(net)) WINNOW_RETURN_IF_ERROR(tensors.Add(name, tensor));
  return OkStatus();
}

bool IsOfResumePoint(std::string_view name) {
  return name.starts_with(kMaskPrefix) || name.starts_with(kOptimizerPrefix) || name.starts_with(kDenseCopyPrefix);
}

// What stands between `tensors` and `state`, a line each; "" where they fit.
std::string Differences(const TensorViews& tensors, const std::map<std::string, torch::Tensor>& state) {
  std::string missing, extra, misshapen;
  const auto add = [](std::string& list, const std::string& item) { list += (list.empty() ? "" : ", ") + item; };
  for (const auto& [name, tensor] : state) {
    const auto found = tensors.find(name);
    if (found == tensors.end()) {
      add(missing, name + " " + ShapeText(tensor.sizes()));
    } else if (tensor.sizes() != torch::IntArrayRef(found->second.shape)) {
      add(misshapen, name + " is " + ShapeText(found->second.shape) + " and not " + ShapeText(tensor.sizes()));
    } else if (found->second.type != ElementType::kF32) {
      add(misshapen, name + " is " + std::string(ElementTypeName(found->second.type)) + " and not F32");
    }
  }
  for (const auto& [name, view] : tensors) {
    if (state.contains(name) || IsOfResumePoint(name) || std::string_view(name).ends_with(kBatchCount)) continue;
    add(extra, name + " " + ShapeText(view.shape));
  }
  std::string text;
  if (!missing.empty()) text += "; missing: " + missing;
  if (!extra.empty()) text += "; extra: " + extra;
  if (!misshapen.empty()) text += "; of another kind: " + misshapen;
  return text;
}

// "[\"conv1\",\"conv2\"]" of the layers with their ReLU in the Winograd domain, "" of none.
std::string WinogradReluText(const spec::Network& network) {
  Json names = Json::array();
  for (const spec::Layer& layer : network.layers) {
    if (layer.winograd_relu) names.push_back(layer.name);
  }
  return names.empty() ? "" : DumpJson(names);
}

Status CheckWinogradRelu(const SafetensorsFile& file, const Net& net) {
  const auto text = file.metadata().find(kWinogradRelu);
  const std::string own = WinogradReluText(net.network());
  if (text == file.metadata().end() || text->second == own) return OkStatus();
  return InvalidArgument(file.name() + " is of " + net.network().name + " with ReLUs in the Winograd domain in " +
                         text->second + ", and is wanted with them in " + (own.empty() ? "no layer" : own) +
                         "; name these layers as \"winograd_relu\" of the model");
}

Status ReadWinogradRelu(const SafetensorsFile& file, NetDescription& description) {
  const auto text = file.metadata().find(kWinogradRelu);
  if (text == file.metadata().end()) return OkStatus();
  const std::string place = file.name() + ": its metadata \"" + kWinogradRelu + "\"";
  const Result<Json> json = ParseJson(text->second);
  if (!json) return json.error().WithContext(place);
  if (!json->is_array()) return InvalidArgument(place + " is no array of names of layers");
  for (const Json& name : *json) {
    if (!name.is_string()) return InvalidArgument(place + " is no array of names of layers");
    description.winograd_relu.push_back(name.get<std::string>());
  }
  return OkStatus();
}

// Whether a data set has images of such sizes in as many classes.
bool IsForTheCatalogue(const spec::Network& network) {
  const std::vector<spec::DataSet>& sets = spec::DataSets();
  return std::any_of(sets.begin(), sets.end(), [&](const spec::DataSet& set) {
    return set.channels == network.image_channels && set.height == network.image_height &&
           set.width == network.image_width && set.classes == network.classes;
  });
}

Status ReadGraph(const SafetensorsFile& file, NetDescription& description) {
  const auto text = file.metadata().find(kGraph);
  if (text == file.metadata().end()) return OkStatus();
  const std::string place = file.name() + ": its metadata \"" + kGraph + "\"";
  const Result<Json> json = ParseJson(text->second);
  if (!json) return json.error().WithContext(place);
  spec::FaultList faults;
  spec::LayerGraph graph;
  spec::LayerGraphType().read(*json, "", graph, faults);
  if (faults.count() > 0) return spec::ToStatus(faults.Take()).WithContext(place);
  description.graph = std::move(graph);
  return OkStatus();
}

}  // namespace

std::map<std::string, torch::Tensor> StateOf(const Net& net) {
  std::map<std::string, torch::Tensor> state;
  for (const auto& parameter : net.named_parameters()) state[parameter.key()] = parameter.value();
  for (const auto& buffer : net.named_buffers()) {
    if (!std::string_view(buffer.key()).ends_with(kBatchCount)) state[buffer.key()] = buffer.value();
  }
  return state;
}

StringMap MetadataOf(const Net& net, const NetDescription& description) {
  StringMap metadata = {{"format", std::string(kFormat)},
                        {"model", description.model},
                        {"width", NumberText(description.width)},
                        {"tile_size", std::to_string(description.tile_size)},
                        {"spatial_rate", NumberText(description.spatial_rate)},
                        {"winograd_rate", NumberText(description.winograd_rate)}};
  if (net.network().name == spec::kGraphModel) {
    metadata[kGraph] = DumpJson(*spec::LayerGraphType().write(net.network().graph));
  }
  if (const std::string names = WinogradReluText(net.network()); !names.empty()) metadata[kWinogradRelu] = names;
  if (!IsForTheCatalogue(net.network())) {
    metadata[kClasses] = std::to_string(net.network().classes);
    metadata[kImageSide] = std::to_string(net.network().image_height);
  }
  return metadata;
}

Status SaveNet(const std::filesystem::path& path, const Net& net, const NetDescription& description) {
  return CatchTorch("cannot save " + path.string(), [&]() -> Status {
    NamedTensors tensors;
    WINNOW_RETURN_IF_ERROR(AddState(net, tensors));
    return WriteSafetensors(path, tensors.views(), MetadataOf(net, description));
  });
}

Status SaveResumePoint(const std::filesystem::path& path, const Net& net, const NetDescription& description,
                       const ResumePoint& point) {
  return CatchTorch("cannot save " + path.string(), [&]() -> Status {
    NamedTensors tensors;
    WINNOW_RETURN_IF_ERROR(AddState(net, tensors));
    for (const auto& [name, tensor] : point.masks) {
      WINNOW_RETURN_IF_ERROR(tensors.Add(std::string(kMaskPrefix) + name, tensor));
    }
    for (const auto& [name, tensor] : point.optimizer) {
      WINNOW_RETURN_IF_ERROR(tensors.Add(std::string(kOptimizerPrefix) + name, tensor));
    }
    for (const auto& [name, tensor] : point.dense_copies) {
      WINNOW_RETURN_IF_ERROR(tensors.Add(std::string(kDenseCopyPrefix) + name, tensor));
    }
    StringMap metadata = MetadataOf(net, description);
    metadata["epoch"] = std::to_string(point.epoch);
    metadata["step"] = std::to_string(point.step);
    metadata["numerics_class"] = point.numerics_class;
    metadata["stage"] = point.stage;
    for (const auto& [key, value] : point.notes) metadata[std::string(kNotePrefix) + key] = value;
    return WriteSafetensors(path, tensors.views(), metadata);
  });
}

Status LoadNet(const SafetensorsFile& file, Net& net) { return LoadState(file.tensors(), file.name(), net); }

Status LoadState(const TensorViews& tensors, const std::string& file, Net& net) {
  return CatchTorch("cannot load " + file, [&]() -> Status {
    std::map<std::string, torch::Tensor> state = StateOf(net);
    if (const std::string differences = Differences(tensors, state); !differences.empty()) {
      return InvalidArgument(file + " does not fit the net " + net.network().name + " of width " +
                             NumberText(net.network().width) + differences);
    }
    torch::NoGradGuard no_grad;
    for (auto& [name, tensor] : state) tensor.copy_(ToTensor(tensors.at(name)));
    return OkStatus();
  });
}

Status LoadNetInAnyForm(const SafetensorsFile& file, Net& net) {
  WINNOW_RETURN_IF_ERROR(CheckWinogradRelu(file, net));
  for (ConvUnit* unit : net.Convs()) {
    const auto found = file.tensors().find(unit->name() + std::string(kWinogradWeight));
    if (found == file.tensors().end()) continue;
    const std::vector<int64_t>& shape = found->second.shape;
    const int64_t tile_size = shape.size() == 4 ? shape[3] - 2 : 0;
    // One of another shape stays as it is: LoadNet then says what is wrong with it.
    if (!IsTileSize(static_cast<int>(tile_size))) continue;
    WINNOW_RETURN_IF_ERROR(ConvertToWinograd(*unit, static_cast<int>(tile_size)).WithContext(file.name()));
  }
  return LoadNet(file, net);
}

Result<NetDescription> DescriptionOf(const SafetensorsFile& file) {
  const StringMap& metadata = file.metadata();
  const auto format = metadata.find("format");
  if (format == metadata.end() || format->second != kFormat) {
    return Err(InvalidArgument(file.name() + ": not a checkpoint of winnow (its metadata \"format\" is " +
                               (format == metadata.end() ? "missing" : "\"" + format->second + "\"") + ", not \"" +
                               std::string(kFormat) + "\")"));
  }
  return ReadDescription(file);
}

Result<NetDescription> ReadDescription(const SafetensorsFile& file) {
  NetDescription description;
  if (const auto model = file.metadata().find("model"); model != file.metadata().end()) {
    description.model = model->second;
  }
  WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, "width", description.width));
  WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, "tile_size", description.tile_size));
  WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, "spatial_rate", description.spatial_rate));
  WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, "winograd_rate", description.winograd_rate));
  WINNOW_RETURN_ERR_IF_ERROR(ReadGraph(file, description));
  WINNOW_RETURN_ERR_IF_ERROR(ReadWinogradRelu(file, description));
  if (file.metadata().contains(kImageSide)) {
    WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, kClasses, description.classes));
    WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, kImageSide, description.image_side));
  }
  return description;
}

Result<ResumePoint> ResumePointOf(const SafetensorsFile& file) {
  const StringMap& metadata = file.metadata();
  ResumePoint point;
  WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, "epoch", point.epoch));
  WINNOW_RETURN_ERR_IF_ERROR(ReadNumber(file, "step", point.step));
  for (const auto& [key, value] : metadata) {
    if (key == "numerics_class") point.numerics_class = value;
    if (key == "stage") point.stage = value;
    if (key.starts_with(kNotePrefix)) point.notes[key.substr(kNotePrefix.size())] = value;
  }
  return CatchTorch("cannot read " + file.name(), [&]() -> Result<ResumePoint> {
    for (const auto& [name, view] : file.tensors()) {
      if (name.starts_with(kMaskPrefix)) point.masks[name.substr(kMaskPrefix.size())] = ToTensor(view);
      if (name.starts_with(kOptimizerPrefix)) point.optimizer[name.substr(kOptimizerPrefix.size())] = ToTensor(view);
      if (name.starts_with(kDenseCopyPrefix)) {
        point.dense_copies[name.substr(kDenseCopyPrefix.size())] = ToTensor(view);
      }
    }
    return std::move(point);
  });
}

}  // namespace winnow::worker
