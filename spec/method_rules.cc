#include "spec/method_rules.h"

#include <algorithm>

#include "spec/json_type.h"
#include "spec/winograd_relu.h"

namespace winnow::spec {
namespace {

std::string ListText(const std::vector<int>& values) {
  std::string text;
  for (const int value : values) text += (text.empty() ? "[" : ", ") + std::to_string(value);
  return text + "]";
}

void CheckNames(const SweepSpec& spec, FaultList& faults) {
  for (size_t i = 1; i < spec.methods.size(); ++i) {
    const std::string pointer = Below(Below("/winograd", i), "name");
    const bool known = std::any_of(spec.methods.begin(), spec.methods.begin() + static_cast<std::ptrdiff_t>(i),
                                   [&](const WinogradPruning& other) { return other.name == spec.methods[i].name; });
    if (known && faults.Clean(pointer)) {
      faults.Add(pointer, "expected distinct names of methods, found \"" + spec.methods[i].name + "\" again");
    }
  }
}

void CheckTileSizes(const SweepSpec& spec, const WinogradPruning& pruning, const std::string& pointer,
                    FaultList& faults) {
  const std::string sizes = pointer + "/tile_sizes";
  if (!faults.Clean("/tile_sizes") || !faults.Clean(sizes)) return;
  for (size_t i = 0; i < pruning.tile_sizes.size(); ++i) {
    const int size = pruning.tile_sizes[i];
    if (std::find(spec.tile_sizes.begin(), spec.tile_sizes.end(), size) == spec.tile_sizes.end()) {
      faults.Add(Below(sizes, i), "expected one of the sweep's /tile_sizes, " + ListText(spec.tile_sizes) + ", found " +
                                      std::to_string(size));
    }
  }
  if (pruning.start != Start::kWinogradRelu || spec.TileSizesOf(pruning) == std::vector<int>{2}) return;
  const bool own = !pruning.tile_sizes.empty();
  faults.Add(own                    ? sizes
             : spec.methods.empty() ? "/tile_sizes"
                                    : pointer,
             "expected the tile sizes [2] for the start \"winograd-relu\", which there is for F(2x2,3x3) only, found " +
                 ListText(spec.TileSizesOf(pruning)) +
                 (own || spec.methods.empty() ? "" : ", the sweep's; give this method \"tile_sizes\": [2]"));
}

void CheckNative(const SweepSpec& spec, const WinogradPruning& pruning, const std::string& pointer, FaultList& faults) {
  const std::string native = pointer + "/native";
  if (!faults.Clean(native) || !faults.Clean("/training") || !faults.Clean(pointer + "/start")) return;
  if (!IsNative(pruning.start)) {
    if (pruning.native == NativeRule() && pruning.native_training == spec.training) return;
    faults.Add(native, "expected the start \"native\" or \"winograd-relu\" beside it, found \"" +
                           std::string(StartText(pruning.start)) + "\"");
    return;
  }
  if (pruning.native_training.epochs == 0 && !spec.model.pretrained) {
    faults.Add(native + "/training/epochs", "expected at least 1 without /model/pretrained, found 0");
  }
  if (pruning.native.threshold_factor > 0 && pruning.native.threshold == 0) {
    faults.Add(native + "/threshold_factor", "expected 0 without a threshold, which it raises, found " +
                                                 DumpJson(Json(pruning.native.threshold_factor)));
  }
}

}  // namespace

void ForEachPruning(const SweepSpec& spec,
                    const std::function<void(const WinogradPruning&, const std::string& pointer)>& visit) {
  if (spec.winograd) visit(*spec.winograd, "/winograd");
  for (size_t i = 0; i < spec.methods.size(); ++i) visit(spec.methods[i], Below("/winograd", i));
}

void CheckStarts(const SweepSpec& spec, FaultList& faults) {
  CheckNames(spec, faults);
  bool any = false, any_spatial = false;
  ForEachPruning(spec, [&](const WinogradPruning& pruning, const std::string& pointer) {
    any = true;
    any_spatial = any_spatial || pruning.start == Start::kSpatial || !faults.Clean(pointer + "/start");
    CheckTileSizes(spec, pruning, pointer, faults);
    CheckNative(spec, pruning, pointer, faults);
  });
  if (spec.spatial && any && !any_spatial) {
    faults.Add(
        "/spatial",
        "expected a method in /winograd with the start \"spatial\" beside it, found none; leave \"spatial\" out");
  }
}

void CheckStartsOf(const Network& network, const SweepSpec& spec, FaultList& faults) {
  ForEachPruning(spec, [&](const WinogradPruning& pruning, const std::string& pointer) {
    if (pruning.start != Start::kWinogradRelu || !WinogradReluLayers(network, spec.layers.exclude).empty()) return;
    faults.Add(pointer + "/start", "expected another start than \"winograd-relu\" for " + network.name +
                                       ", none of whose prunable layers takes the output of a ReLU");
  });
}

}  // namespace winnow::spec
