#include "spec/presets.h"

#include <algorithm>

#include "spec/json_type.h"
#include "spec/nearest_name.h"

namespace winnow::spec {
namespace {

// Schedules of Yu et al. as their published scripts had them when the paper was written. What scripts leave to the
// reader's machine (threads, memory, timing) has the spec's defaults. Only the last spatial step leads to Winograd
// steps there.
constexpr const char* kPaperVgg = R"({
  "model": {"name": "vgg-nagadomi"},
  "data": {"name": "cifar-10"},
  "training": {
    "epochs": 700, "batch_size": 128,
    "optimizer": {"name": "sgd", "momentum": 0.9, "weight_decay": 0.0003},
    "learning_rate": {"initial": 0.1, "schedule": "step", "milestones": [200, 350, 500, 600], "factor": 0.1},
    "augmentation": {"crop_padding": 5, "flip": true},
    "initial_deviation": 0.05
  },
  "spatial": {
    "rates": [{"rate": 0.2, "epochs": 150, "learning_rate": 0.0001}, {"rate": 0.3, "learning_rate": 0.01},
              {"rate": 0.4, "epochs": 150, "learning_rate": 0.0001}, {"rate": 0.5, "learning_rate": 0.01},
              {"rate": 0.55, "epochs": 250}, {"rate": 0.6, "epochs": 250}],
    "retraining": {"epochs": 350, "learning_rate": {"initial": 0.001, "milestones": [100, 200, 300]}}
  },
  "winograd": {
    "rates": [0.63, 0.66, 0.69, 0.72, 0.75],
    "retraining": {"epochs": 350, "learning_rate": {"initial": 0.000001, "milestones": [200]}},
    "batch_norm_momentum": 0.0001
  },
  "tile_sizes": [4],
  "layers": {"fixed_rates": {"conv0": 0.2}}
})";

constexpr const char* kPaperConvPool = R"({
  "model": {"name": "convpool-cnn-c"},
  "data": {"name": "cifar-100"},
  "training": {
    "epochs": 350, "batch_size": 100,
    "optimizer": {"name": "sgd", "momentum": 0.9, "weight_decay": 0.0005},
    "learning_rate": {"initial": 0.05, "schedule": "step", "milestones": [200, 250, 300], "factor": 0.1},
    "augmentation": {"crop_padding": 5, "flip": true}
  },
  "spatial": {
    "rates": [0.2, 0.3],
    "retraining": {"epochs": 100, "learning_rate": {"initial": 0.0005, "milestones": [50]}},
    "dropout_shrinking": "power"
  },
  "winograd": {
    "rates": [{"rate": 0.4, "learning_rate": 0.0000001}, 0.45, 0.5, {"rate": 0.55, "epochs": 100},
              {"rate": 0.6, "epochs": 100}],
    "retraining": {"epochs": 50, "learning_rate": {"initial": 0.000001, "schedule": "constant"}},
    "dropout_shrinking": "power", "batch_norm_momentum": 0.1
  },
  "tile_sizes": [4],
  "layers": {"fixed_rates": {"conv0": 0.2}}
})";

constexpr const char* kPaperResnet18 = R"({
  "model": {"name": "resnet-18"},
  "data": {"name": "image-folder", "classes": 1000, "side": 224},
  "training": {
    "epochs": 90, "batch_size": 256,
    "optimizer": {"name": "sgd", "momentum": 0.9, "weight_decay": 0.0001},
    "learning_rate": {"initial": 0.1, "schedule": "step", "milestones": [30, 60], "factor": 0.1},
    "augmentation": {"least_area": 0.08, "flip": true}
  },
  "spatial": {
    "rates": [{"rate": 0.2, "epochs": 30, "learning_rate": 0.001}, {"rate": 0.3, "epochs": 30, "learning_rate": 0.001},
              {"rate": 0.4, "epochs": 30, "learning_rate": 0.001}, 0.5, 0.6, 0.65, 0.7],
    "retraining": {"epochs": 60, "learning_rate": {"initial": 0.01, "milestones": [30]}}
  },
  "winograd": {
    "rates": [0.72, 0.74, 0.76, 0.78],
    "retraining": {"epochs": 60, "learning_rate": {"initial": 0.000001, "schedule": "constant"}},
    "batch_norm_momentum": 0.1
  },
  "tile_sizes": [4],
  "resources": {"memory_mib": 16384}
})";

// The same networks, narrower and on part of the images, with schedules that two cores get through.
constexpr const char* kSmallVgg = R"({
  "model": {"name": "vgg-nagadomi", "width": 0.25},
  "data": {"name": "cifar-10", "train_limit": 10000, "test_limit": 2000},
  "training": {
    "epochs": 12, "batch_size": 128, "optimizer": {"weight_decay": 0.0005},
    "learning_rate": {"initial": 0.1, "schedule": "cosine", "warmup_epochs": 1},
    "augmentation": {"crop_padding": 4, "flip": true}
  },
  "spatial": {"rates": [0.5], "retraining": {"epochs": 3, "learning_rate": {"initial": 0.01, "warmup_epochs": 0}}},
  "winograd": {"rates": [0.6, 0.7], "retraining": {"epochs": 3, "learning_rate": {"initial": 0.0001, "warmup_epochs": 0}}},
  "tile_sizes": [4],
  "layers": {"fixed_rates": {"conv0": 0.2}}
})";

constexpr const char* kSmallConvPool = R"({
  "model": {"name": "convpool-cnn-c", "width": 0.25},
  "data": {"name": "cifar-100", "train_limit": 10000, "test_limit": 2000},
  "training": {
    "epochs": 12, "batch_size": 128, "optimizer": {"weight_decay": 0.0005},
    "learning_rate": {"initial": 0.05, "schedule": "cosine", "warmup_epochs": 1},
    "augmentation": {"crop_padding": 4, "flip": true}
  },
  "spatial": {"rates": [0.3], "retraining": {"epochs": 3, "learning_rate": {"initial": 0.005, "warmup_epochs": 0}}},
  "winograd": {"rates": [0.4, 0.5], "retraining": {"epochs": 3, "learning_rate": {"initial": 0.0001, "warmup_epochs": 0}}},
  "tile_sizes": [4],
  "layers": {"fixed_rates": {"conv0": 0.2}}
})";

constexpr const char* kSmallResnet18 = R"({
  "model": {"name": "resnet-18", "width": 0.25},
  "data": {"name": "image-folder", "classes": 10, "side": 64},
  "training": {
    "epochs": 8, "batch_size": 64, "optimizer": {"weight_decay": 0.0005},
    "learning_rate": {"initial": 0.1, "schedule": "cosine", "warmup_epochs": 1},
    "augmentation": {"least_area": 0.35, "flip": true}
  },
  "spatial": {"rates": [0.5], "retraining": {"epochs": 2, "learning_rate": {"initial": 0.01, "warmup_epochs": 0}}},
  "winograd": {"rates": [0.6, 0.7], "retraining": {"epochs": 2, "learning_rate": {"initial": 0.0001, "warmup_epochs": 0}}},
  "tile_sizes": [4]
})";

constexpr const char* kSmallFashion = R"({
  "model": {"name": "lenet-5-3x3"},
  "data": {"name": "fashion-mnist", "train_limit": 12000},
  "training": {
    "epochs": 4, "batch_size": 128, "optimizer": {"weight_decay": 0.0005},
    "learning_rate": {"initial": 0.05, "schedule": "cosine"},
    "augmentation": {"crop_padding": 2, "flip": true}
  },
  "spatial": {"rates": [0.5], "retraining": {"epochs": 1, "learning_rate": {"initial": 0.01}}},
  "winograd": {"rates": [0.6, 0.7], "retraining": {"epochs": 1, "learning_rate": {"initial": 0.0001}}},
  "tile_sizes": [2, 4]
})";

Preset Make(std::string name, std::string description, const char* spec) {
  return {std::move(name), std::move(description), Json::parse(spec)};
}

}  // namespace

const std::vector<Preset>& Presets() {
  static const auto* const kPresets = new std::vector<Preset>{
      Make("paper/vgg-nagadomi", "VGG-nagadomi on CIFAR-10 as Yu et al. pruned it: 63 % reported", kPaperVgg),
      Make("paper/convpool-cnn-c", "ConvPool-CNN-C on CIFAR-100 as Yu et al. pruned it: 50 % reported", kPaperConvPool),
      Make("paper/resnet-18", "ResNet-18 with pools for strides on ImageNet as Yu et al. pruned it: 74 % reported",
           kPaperResnet18),
      Make("small/vgg-nagadomi", "a quarter of its width, a fifth of CIFAR-10", kSmallVgg),
      Make("small/convpool-cnn-c", "a quarter of its width, a fifth of CIFAR-100", kSmallConvPool),
      Make("small/resnet-18", "a quarter of its width, 64x64 images of a folder with ten classes", kSmallResnet18),
      Make("small/fashion-mnist", "a LeNet on a fifth of Fashion-MNIST, both tile sizes", kSmallFashion)};
  return *kPresets;
}

std::vector<std::string> PresetNames() {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) names.push_back(preset.name);
  return names;
}

Json ExpandPreset(const Json& spec, FaultList& faults) {
  if (!spec.is_object() || !spec.contains("preset")) return spec;
  const auto name = ReadName(spec["preset"], "/preset", PresetNames(), faults);
  Json own = spec;
  own.erase("preset");
  if (!name) return own;
  Json expanded = std::find_if(Presets().begin(), Presets().end(), [&](const Preset& preset) {
                    return preset.name == *name;
                  })->spec;
  expanded.merge_patch(own);
  return expanded;
}

}  // namespace winnow::spec
