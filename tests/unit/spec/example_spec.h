// A sweep spec with every member, for tests to parse and to spoil.
#ifndef TESTS_UNIT_SPEC_EXAMPLE_SPEC_H_
#define TESTS_UNIT_SPEC_EXAMPLE_SPEC_H_

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "spec/parse.h"

namespace winnow::spec {

inline constexpr std::string_view kSmallestSpec =
    R"({"name": "a", "model": {"name": "vgg-nagadomi"}, "data": {"name": "fashion-mnist"}})";

inline constexpr std::string_view kFullSpec = R"({
  "name": "fashion-mnist",
  "description": "every member",
  "model": {"name": "vgg-nagadomi", "width": 0.5,
            "pretrained": {"path": "net.safetensors",
                           "sha256": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"}},
  "data": {"name": "fashion-mnist", "digest": "d0a13531871adf77cb1d75902c9d2a2fdf613723748f5e8c24e0169faf064dc8",
           "train_limit": 12000, "test_limit": 5000, "held_out": 1000},
  "training": {
    "epochs": 10, "batch_size": 64, "seed": 7,
    "optimizer": {"name": "sgd", "momentum": 0.8, "nesterov": true, "weight_decay": 0.001},
    "learning_rate": {"initial": 0.2, "schedule": "cosine", "milestones": [], "factor": 0.1, "warmup_epochs": 0.5,
                      "schedule_epochs": 20},
    "initial_deviation": 0.05,
    "augmentation": {"crop_padding": 2, "flip": false},
    "arithmetic": "libtorch", "batch_norm_momentum": 0.2
  },
  "spatial": {"rates": [0.3, {"rate": 0.5, "epochs": 3, "learning_rate": 0.01, "from": "dense"}],
              "retraining": {"epochs": 2, "learning_rate": {"initial": 0.01}}, "dropout_shrinking": "power"},
  "winograd": {"rates": [0.5, 0.6, 0.7], "retraining": {"epochs": 4, "learning_rate": {"initial": 0.001}},
               "importance_factors": false, "gradient_exponent": 2.0, "mask_group": 4, "selection": "importance",
               "moments": "white", "moment_images": 512, "centre_outputs": true, "fisher_rows": true,
               "compensation": "kernel", "allocation": "uniform", "rounds": 3, "preconditioner": "kernel",
               "l1": 0.001, "batch_norm_images": 2048, "distillation": {"weight": 0.5, "temperature": 3.0}, "batch_norm_momentum": 0.02,
               "sensitivity_images": 512, "dropout_shrinking": "root", "schedule": "step", "regrowth": "dense-copy",
               "regrowth_fraction": 0.2, "mask_epochs": 2.5, "mask_interval": 50},
  "tile_sizes": [4, 2],
  "seeds": [3, 5], "trained_on": {"epochs": 6}, "test_trials": ["f4-s30-w50-seed3"],
  "layers": {"exclude": ["conv1"], "fixed_rates": {"conv0": 0.2}},
  "benchmark": {"enabled": true, "batch_sizes": [1, 8], "threads": [2], "peers": ["torch"], "rounds": 5},
  "resources": {"threads": 2, "memory_mib": 1024, "kinds": {"train": {"threads": 4}, "evaluate": {"memory_mib": 512}}, "labels": {}},
  "retries": {"max_attempts": 5},
  "priority": -3
})";

inline SweepSpec MustParse(std::string_view json) {
  auto spec = ParseSweepSpec(json);
  if (spec) return *spec;
  ADD_FAILURE() << ToStatus(spec.error()).message();
  return {};
}

// The spec `base` with the value at `pointer` replaced by (or added as) the JSON text `value`.
inline std::string With(std::string_view base, const std::string& pointer, std::string_view value) {
  Json json = Json::parse(base);
  json[Json::json_pointer(pointer)] = Json::parse(value);
  return json.dump();
}

inline std::vector<SpecFault> FaultsOf(std::string_view json) {
  auto spec = ParseSweepSpec(json);
  return spec ? std::vector<SpecFault>{} : spec.error();
}

}  // namespace winnow::spec

#endif  // TESTS_UNIT_SPEC_EXAMPLE_SPEC_H_
