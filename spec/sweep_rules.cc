#include "spec/sweep_rules.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "spec/build_network.h"
#include "spec/data_set.h"
#include "spec/json_type.h"
#include "spec/mask_changes_table.h"
#include "spec/method_rules.h"
#include "spec/nearest_name.h"
#include "spec/network.h"

namespace winnow::spec {
namespace {

std::string PlainNumber(double value) { return DumpJson(Json(value)); }

// One of the catalogue, or the user's own.
void CheckModelName(const Model& model, FaultList& faults) {
  if (!faults.Clean("/model")) return;
  if (!model.graph && (model.name.empty() || model.name == kGraphModel)) {
    faults.Add("/model", std::string("expected the member \"") + (model.name.empty() ? "name\" or \"" : "") +
                             "graph\", found n" + (model.name.empty() ? "either" : "one"));
  } else if (model.graph && model.name != kGraphModel) {
    faults.Add("/model/name", "expected \"graph\" or no name beside /model/graph, found \"" + model.name + "\"");
  }
}

// Of the graph's layers, in place.
void CheckGraph(const SweepSpec& spec, FaultList& faults) {
  if (!spec.model.graph || !faults.Clean("/model") || !faults.Clean("/data")) return;
  if (const Result<DataSet> set = FindDataSet(spec.data.name, spec.data.classes, spec.data.side)) {
    BuildNetwork(*spec.model.graph, *set, "/model/graph", faults);
  }
}

void CheckModel(const SweepSpec& spec, FaultList& faults) {
  const Model& model = spec.model;
  CheckModelName(model, faults);
  CheckGraph(spec, faults);
  if (faults.Clean("/model/name") && faults.Clean("/model/width") && model.width != 1.0 && !TakesWidth(model.name)) {
    faults.Add("/model/width", "expected 1 for " + model.name + ", found " + PlainNumber(model.width));
  }
  if (!faults.Clean("/model/pretrained")) return;
  if (model.pretrained && model.pretrained->path.empty() && model.pretrained->sha256.empty()) {
    faults.Add("/model/pretrained", "expected \"path\", \"sha256\" or both, found neither");
  }
  if (faults.Clean("/training/epochs") && spec.training.epochs == 0 && !model.pretrained) {
    faults.Add("/training/epochs", "expected at least 1 without /model/pretrained, found 0");
  }
}

// Limits can only be compared with the size of the published data set, not with that of the user's own files.
void CheckData(const Data& data, FaultList& faults) {
  if (!faults.Clean("/data")) return;
  const bool is_folder = data.name == kImageFolder;
  if (is_folder && data.classes == 0) {
    faults.Add("/data", "expected the member \"classes\", the number of folders in train/, found none");
  }
  if (!is_folder && data.classes != 0)
    faults.Add("/data/classes", "expected 0 for " + data.name + ", found " + std::to_string(data.classes));
  if (!is_folder && data.side != 0)
    faults.Add("/data/side", "expected 0 for " + data.name + ", found " + std::to_string(data.side));
  const Result<DataSet> set = FindDataSet(data.name, data.classes, data.side);
  if (!set) return;
  if (faults.Clean("/data/digest") && data.digest.empty()) {
    faults.Add("/data",
               "expected the member \"digest\", found none; `winnow data digest DIR` prints that of your files" +
                   std::string(is_folder ? "" : ", since nobody could check those of " + data.name + " for Winnow"));
  }
  if (data.digest != set->digest) return;
  const auto check = [&](const std::string& pointer, int limit, int images) {
    if (faults.Clean(pointer) && limit > images) {
      faults.Add(pointer, "expected at most the " + std::to_string(images) + " images of " + data.name + ", found " +
                              std::to_string(limit));
    }
  };
  check("/data/train_limit", data.train_limit, set->train_images);
  check("/data/test_limit", data.test_limit, set->test_images);
  const int trained = std::max(data.train_limit, 1);
  if (faults.Clean("/data") && data.held_out > set->train_images - trained) {
    faults.Add("/data/held_out", "expected at most " + std::to_string(set->train_images - trained) + ", what " +
                                     std::to_string(trained) + " of the " + std::to_string(set->train_images) +
                                     " training images leave, found " + std::to_string(data.held_out));
  }
}

// `inherited` is null for the sweep's own training. A rule that only inherited values break has its fault there.
void CheckTraining(const Training& training, const Training* inherited, const std::string& pointer, FaultList& faults) {
  const Optimizer& optimizer = training.optimizer;
  if (faults.Clean(pointer + "/optimizer") && (!inherited || !(optimizer == inherited->optimizer)) &&
      optimizer.nesterov && (optimizer.name != OptimizerName::kSgd || optimizer.momentum == 0)) {
    faults.Add(pointer + "/optimizer/nesterov", "expected false without sgd and a momentum above 0, found true");
  }
  const LearningRate& rate = training.learning_rate;
  if (!faults.Clean(pointer + "/learning_rate") || (inherited && rate == inherited->learning_rate)) return;
  const std::string milestones = pointer + "/learning_rate/milestones";
  if (rate.schedule == LearningRateSchedule::kStep && rate.milestones.empty()) {
    faults.Add(milestones, "expected at least one milestone for the schedule \"step\", found none");
  }
  for (size_t i = 1; i < rate.milestones.size(); ++i) {
    if (rate.milestones[i] <= rate.milestones[i - 1]) {
      faults.Add(Below(milestones, i), "expected more than the milestone before, " +
                                           std::to_string(rate.milestones[i - 1]) + ", found " +
                                           std::to_string(rate.milestones[i]));
    }
  }
}

// What of a learning rate does not fit into so many epochs, "" if all does.
std::string MisfitOfEpochs(const LearningRate& rate, int epochs) {
  if (epochs == 0) return "";
  if (rate.schedule_epochs != 0 && rate.schedule_epochs < epochs) {
    return "schedule_epochs no less than the number of epochs, " + std::to_string(epochs) + ", or 0, found " +
           std::to_string(rate.schedule_epochs);
  }
  epochs = std::max(epochs, rate.schedule_epochs);  // that milestones and warm-up are for
  if (rate.schedule == LearningRateSchedule::kStep && !rate.milestones.empty() && rate.milestones.back() >= epochs) {
    return "milestones below the number of epochs, " + std::to_string(epochs) + ", found " +
           std::to_string(rate.milestones.back());
  }
  if (rate.warmup_epochs >= epochs) {
    return "warmup_epochs below the number of epochs, " + std::to_string(epochs) + ", found " +
           PlainNumber(rate.warmup_epochs);
  }
  return "";
}

void CheckEpochs(const Training& training, bool inherits, const std::string& pointer, FaultList& faults) {
  if (!faults.Clean(pointer + "/epochs") || !faults.Clean(pointer + "/learning_rate")) return;
  const std::string misfit = MisfitOfEpochs(training.learning_rate, training.epochs);
  if (misfit.empty()) return;
  faults.Add(pointer + "/learning_rate",
             "expected " + misfit + (inherits ? " (what is left out here is inherited from /training)" : ""));
}

// `start_rate` is what the net has that the ladder starts from, 0 for a dense one.
void CheckLadder(const std::vector<RateStep>& steps, const Training& retraining, double start_rate,
                 const std::string& pointer, FaultList& faults) {
  if (!faults.Clean(pointer + "/rates")) return;
  const bool check_epochs = faults.Clean(pointer + "/retraining");
  for (size_t i = 0; i < steps.size(); ++i) {
    const RateStep& step = steps[i];
    const std::string at = Below(pointer + "/rates", i);
    if (step.rate < start_rate) {
      faults.Add(at, "expected no less than the highest spatial rate, " + PlainNumber(start_rate) + ", found " +
                         PlainNumber(step.rate));
    }
    const bool known = std::any_of(steps.begin(), steps.begin() + static_cast<ptrdiff_t>(i),
                                   [&](const RateStep& other) { return other.rate == step.rate; });
    if (known) {
      faults.Add(at, "expected distinct rates, found " + PlainNumber(step.rate) + " again");
    } else if (i > 0 && !step.from_dense && step.rate <= steps[i - 1].rate) {
      faults.Add(at, "expected more than the step before, " + PlainNumber(steps[i - 1].rate) +
                         ", or \"from\": \"dense\", found " + PlainNumber(step.rate));
    }
    if (check_epochs && step.epochs) {
      LearningRate rate = retraining.learning_rate;
      rate.milestones.clear();  // a shorter step ends before those it does not reach
      const std::string misfit = MisfitOfEpochs(rate, *step.epochs);
      if (!misfit.empty()) faults.Add(at, "expected the retraining's " + misfit);
    }
  }
}

void CheckMethod(const WinogradMethod& method, const std::string& pointer, FaultList& faults) {
  const std::string group = std::to_string(method.mask_group);
  if (method.mask_group > 1 && method.selection == Selection::kSecondOrder) {
    faults.Add(pointer + "/mask_group", "expected 1 with the selection \"second-order\", found " + group);
  } else if (method.mask_group > 1 && method.allocation != Allocation::kUniform) {
    faults.Add(pointer + "/mask_group", "expected 1 with an allocation other than \"uniform\", found " + group);
  }
  if (method.rounds > 1 && method.compensation == Compensation::kNone) {
    faults.Add(pointer + "/rounds", "expected 1 without a compensation, which is what tells rounds apart, found " +
                                        std::to_string(method.rounds));
  }
}

void CheckPruning(const SweepSpec& spec, FaultList& faults) {
  const bool training_clean = faults.Clean("/training");
  const auto check_retraining = [&](const Training& retraining, const std::string& pointer) {
    if (!training_clean) return;
    CheckTraining(retraining, &spec.training, pointer, faults);
    CheckEpochs(retraining, /*inherits=*/true, pointer, faults);
  };
  double highest_spatial = 0.0;
  if (spec.spatial) {
    check_retraining(spec.spatial->retraining, "/spatial/retraining");
    CheckLadder(spec.spatial->rates, spec.spatial->retraining, 0.0, "/spatial", faults);
    if (faults.Clean("/spatial/rates")) {
      for (const RateStep& step : spec.spatial->rates) highest_spatial = std::max(highest_spatial, step.rate);
    }
  }
  ForEachPruning(spec, [&](const WinogradPruning& pruning, const std::string& pointer) {
    check_retraining(pruning.retraining, pointer + "/retraining");
    if (IsNative(pruning.start)) check_retraining(pruning.native_training, pointer + "/native/training");
    const double start_rate = pruning.start == Start::kSpatial ? highest_spatial : 0.0;
    CheckLadder(pruning.rates, pruning.retraining, start_rate, pointer, faults);
    if (!faults.Clean(pointer)) return;
    CheckMethod(pruning.method, pointer, faults);
    CheckMaskChanges(pruning, pointer, faults);
  });
  CheckStarts(spec, faults);
}

void CheckComparison(const SweepSpec& spec, FaultList& faults) {
  if (!spec.test_trials.empty() && faults.Clean("/data") && spec.data.held_out == 0) {
    faults.Add("/test_trials", "expected none without /data/held_out, where all trials see the test set, found " +
                                   std::to_string(spec.test_trials.size()));
  }
  if (spec.trained_on && faults.Clean("/training")) {
    CheckTraining(*spec.trained_on, &spec.training, "/trained_on", faults);
    CheckEpochs(*spec.trained_on, /*inherits=*/true, "/trained_on", faults);
    if (faults.Clean("/trained_on/epochs") && spec.trained_on->epochs == 0) {
      faults.Add("/trained_on/epochs", "expected at least 1, found 0");
    }
  }
}

void CheckObjective(const SweepSpec& spec, FaultList& faults) {
  if (!spec.objective || !faults.Clean("/objective")) return;
  if (!(spec.objective->from < spec.objective->to)) {
    faults.Add("/objective/from", "expected less than \"to\", " + PlainNumber(spec.objective->to) + ", found " +
                                      PlainNumber(spec.objective->from));
  }
  if (spec.WinogradPrunings().empty()) {
    faults.Add("/objective", "expected \"winograd\" beside it, whose rates it searches, found none");
  }
  if (spec.spatial && faults.Clean("/spatial") && spec.spatial->rates.size() > 1) {
    faults.Add("/spatial/rates",
               "expected one rate at most beside /objective, found " + std::to_string(spec.spatial->rates.size()));
  }
  ForEachPruning(spec, [&](const WinogradPruning& pruning, const std::string& pointer) {
    const std::string own = pointer + "/tile_sizes";
    const size_t sizes = spec.TileSizesOf(pruning).size();
    if (sizes == 1 || !faults.Clean("/tile_sizes") || !faults.Clean(own)) return;
    faults.Add(spec.methods.empty() ? "/tile_sizes" : own,
               "expected one tile size beside /objective, found " + std::to_string(sizes));
  });
}

// A layer that a user named, or null after a fault that says why it will not do.
const Layer* FindLayer(const Network& network, const std::string& name, const std::string& pointer, bool prunable,
                       FaultList& faults) {
  std::vector<std::string> names;
  for (const Layer& layer : network.layers) {
    if (prunable ? layer.prunable() : layer.kind == LayerKind::kConv) names.push_back(layer.name);
  }
  const Layer* const layer = network.FindLayer(name);
  if (layer != nullptr && std::find(names.begin(), names.end(), name) != names.end()) return layer;
  const std::string wanted = prunable ? "a prunable layer (3x3, stride 1)" : "a convolution";
  if (layer == nullptr) {
    faults.Add(pointer, "expected " + wanted + " of " + network.name + ", found no layer of this name; " +
                            SuggestNames(name, names));
  } else if (layer->kind == LayerKind::kLinear) {
    faults.Add(pointer, "expected " + wanted + " of " + network.name + ", found a linear layer");
  } else {
    faults.Add(pointer, "expected " + wanted + " of " + network.name + ", found a convolution of stride " +
                            std::to_string(layer->stride));
  }
  return nullptr;
}

void CheckLayers(const SweepSpec& spec, FaultList& faults) {
  if (!faults.Clean("/model") || !faults.Clean("/data") || !faults.Clean("/layers")) return;
  const Result<DataSet> set = FindDataSet(spec.data.name, spec.data.classes, spec.data.side);
  if (!set) return;
  const Result<Network> network = FindNetwork(spec.model.name, spec.model.width, spec.model.graph, *set);
  if (!network) {
    faults.Add("/model/name", "expected a network for " + set->name + ": " + network.error().message());
    return;
  }
  const std::vector<std::string>& exclude = spec.layers.exclude;
  for (size_t i = 0; i < exclude.size() && !faults.full(); ++i) {
    FindLayer(*network, exclude[i], Below("/layers/exclude", i), /*prunable=*/false, faults);
  }
  for (const auto& [name, rate] : spec.layers.fixed_rates) {
    if (faults.full()) return;
    const std::string pointer = Below("/layers/fixed_rates", name);
    FindLayer(*network, name, pointer, /*prunable=*/true, faults);
    if (std::find(exclude.begin(), exclude.end(), name) != exclude.end()) {
      faults.Add(pointer, "expected a layer that is not in /layers/exclude, found it there too");
    }
  }
  const bool any_left = std::any_of(network->layers.begin(), network->layers.end(), [&](const Layer& layer) {
    return layer.prunable() && std::find(exclude.begin(), exclude.end(), layer.name) == exclude.end();
  });
  CheckStartsOf(*network, spec, faults);
  if (!any_left && (spec.spatial || !spec.WinogradPrunings().empty())) {
    faults.Add("/layers/exclude", "expected at least one prunable layer to be left for pruning, found all excluded");
  }
}

}  // namespace

void CheckRules(const SweepSpec& spec, FaultList& faults) {
  CheckModel(spec, faults);
  CheckData(spec.data, faults);
  CheckTraining(spec.training, nullptr, "/training", faults);
  CheckEpochs(spec.training, /*inherits=*/false, "/training", faults);
  CheckPruning(spec, faults);
  CheckComparison(spec, faults);
  CheckObjective(spec, faults);
  CheckLayers(spec, faults);
}

}  // namespace winnow::spec
