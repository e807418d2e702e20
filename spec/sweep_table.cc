#include "spec/sweep_table.h"

#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/training_table.h"
#include "spec/winograd_field.h"
#include "spec/winograd_method_table.h"

namespace winnow::spec {
namespace {

constexpr size_t kMostSteps = 64;
constexpr size_t kMostSeeds = 16;
constexpr size_t kMostTestTrials = 1000;
constexpr int kMostMemoryMib = 1 << 24;

JsonType<Pretrained> PretrainedType() {
  return ObjectType<Pretrained>({
      MakeField<Pretrained>("path", kInherited, &Pretrained::path, LeftOutWhenEmpty(TextType(1, 4096)),
                            "a safetensors file; relative to the spec, else to each --data-root"),
      MakeField<Pretrained>("sha256", kInherited, &Pretrained::sha256, LeftOutWhenEmpty(DigestType(false)),
                            "its SHA-256; alone it names an artifact that is already uploaded"),
  });
}

Table<Model> ModelTable() {
  return {
      MakeField<Model>("name", kInherited, &Model::name, NameType(ModelNames()),
                       "the network; left out, or \"graph\", beside a graph"),
      MakeField<Model>("width", kDefaulted, &Model::width, NumberType({0, 4, true, false}),
                       "factor on every channel count; only some networks take another than 1"),
      MakeField<Model>("graph", kInherited, &Model::graph, OptionalType(LayerGraphType()),
                       "a network of your own, layer by layer, instead of one of the catalogue"),
      MakeField<Model>("pretrained", kInherited, &Model::pretrained, OptionalType(PretrainedType()),
                       "weights to start from; at least one of path and sha256"),
  };
}

Table<Data> DataTable() {
  return {
      MakeField<Data>("name", kRequired, &Data::name, NameType(DataSetNames()), "the data set"),
      MakeField<Data>("digest", kInherited, &Data::digest, LeftOutWhenEmpty(DigestType(false)),
                      "as `winnow data digest DIR` prints it; default the published files'"),
      MakeField<Data>("classes", kDefaulted, &Data::classes, IntegerType<int>(0, 65535),
                      "of image-folder: how many folders of classes there are"),
      MakeField<Data>("side", kDefaulted, &Data::side, SideType(),
                      "of image-folder: rows and columns that a net gets; 0 = 224"),
      MakeField<Data>("train_limit", kDefaulted, &Data::train_limit, IntegerType<int>(0, INT32_MAX),
                      "train on the first so many of a fixed permutation; 0 = all"),
      MakeField<Data>("test_limit", kDefaulted, &Data::test_limit, IntegerType<int>(0, INT32_MAX),
                      "evaluate on the first so many; 0 = all"),
      MakeField<Data>("held_out", kDefaulted, &Data::held_out, IntegerType<int>(0, INT32_MAX),
                      "so many training images are not trained on; trials are then compared on them, and only "
                      "test_trials see the test set"),
  };
}

// A plain number where nothing but the rate is given.
JsonType<RateStep> RateStepType() {
  const auto rate = Share(RateType());
  const auto object = Share(ObjectType<RateStep>({
      MakeField<RateStep>("rate", kRequired, &RateStep::rate, *rate, "the target of every prunable layer"),
      MakeField<RateStep>("epochs", kInherited, &RateStep::epochs, OptionalType(EpochsType()),
                          "instead of the retraining's"),
      MakeField<RateStep>("learning_rate", kInherited, &RateStep::learning_rate,
                          OptionalType(InitialLearningRateType()), "instead of the retraining's initial one"),
      Field<RateStep>{
          "from",
          kInherited,
          {.schema = {{"const", "dense"}, {"description", "prune from the start of the ladder, not the step before"}},
           .read =
               [](const Json& json, const std::string& pointer, RateStep& step, FaultList& faults) {
                 step.from_dense = json == "dense";
                 if (!step.from_dense) faults.Add(pointer, "expected \"dense\", found " + Found(json));
               },
           .write = [](const RateStep& step) { return step.from_dense ? std::optional<Json>("dense") : std::nullopt; },
           .write_difference = nullptr}},
  }));
  return {.schema = {{"oneOf", {rate->schema, object->schema}}},
          .read =
              [rate, object](const Json& json, const std::string& pointer, RateStep& step, FaultList& faults) {
                if (json.is_object()) {
                  object->read(json, pointer, step, faults);
                } else if (json.is_number()) {
                  rate->read(json, pointer, step.rate, faults);
                } else {
                  faults.Add(pointer, "expected a rate or an object with one, found " + Found(json));
                }
              },
          .write = [object](const RateStep& step) -> std::optional<Json> {
            if (!step.epochs && !step.learning_rate && !step.from_dense) return Json(step.rate);
            return object->write(step);
          },
          .write_difference = nullptr};
}

template <typename P>
Table<P> PruningTable(bool batch_norm_in_retraining) {
  return {
      MakeField<P>("rates", kRequired, &P::rates, ListType(RateStepType(), 1, kMostSteps, false),
                   "the steps; increasing along a ladder"),
      MakeField<P>("retraining", kInherited, &P::retraining, ObjectType(RetrainingTable(batch_norm_in_retraining)),
                   "after each step; what is left out is inherited from training"),
  };
}

Table<SpatialPruning> SpatialTable() {
  Table<SpatialPruning> table = PruningTable<SpatialPruning>(/*batch_norm_in_retraining=*/true);
  table.push_back(MakeField<SpatialPruning>("dropout_shrinking", kDefaulted, &SpatialPruning::dropout_shrinking,
                                            DropoutShrinkingType(), kDropoutShrinkingHelp));
  return table;
}

Table<WinogradPruning> WinogradTable() {
  using W = WinogradPruning;
  Table<W> table = PruningTable<W>(/*batch_norm_in_retraining=*/false);
  for (Field<W>& field : WinogradMethodTable<W>()) table.push_back(std::move(field));
  table.push_back(MakeField<W>(
      "batch_norm_momentum", kDefaulted, [](auto& pruning) -> auto& { return pruning.retraining.batch_norm_momentum; },
      BatchNormMomentumType(), "the share of the new batch in the running averages of batch norm, in this retraining"));
  return table;
}

// "spatial": a pruning P whose retraining starts from the sweep's training.
template <typename P>
Field<SweepSpec> PruningField(std::string name, std::optional<P> SweepSpec::*member, Table<P> table,
                              std::string description) {
  const auto type = Share(ObjectType(std::move(table)));
  Field<SweepSpec> field;
  field.name = std::move(name);
  field.presence = kInherited;
  field.type.schema = type->schema;
  field.type.schema["description"] = std::move(description);
  field.type.read = [type, member](const Json& json, const std::string& pointer, SweepSpec& spec, FaultList& faults) {
    P pruning;
    pruning.retraining = spec.training;
    type->read(json, pointer, pruning, faults);
    spec.*member = std::move(pruning);
  };
  field.type.write = [type, member](const SweepSpec& spec) {
    return spec.*member ? type->write(*(spec.*member)) : std::nullopt;
  };
  return field;
}

// "trained_on": starts from the sweep's training.
Field<SweepSpec> TrainedOnField() {
  const auto type = Share(ObjectType(RetrainingTable(/*with_batch_norm_momentum=*/true)));
  Field<SweepSpec> field;
  field.name = "trained_on";
  field.presence = kInherited;
  field.type.schema = type->schema;
  field.type.schema["description"] =
      "the dense net is trained once more, and pruned ones are compared with the better; what is left out is inherited "
      "from training";
  field.type.read = [type](const Json& json, const std::string& pointer, SweepSpec& spec, FaultList& faults) {
    spec.trained_on = spec.training;
    type->read(json, pointer, *spec.trained_on, faults);
  };
  field.type.write = [type](const SweepSpec& spec) {
    return spec.trained_on ? type->write(*spec.trained_on) : std::nullopt;
  };
  return field;
}

Table<Benchmark> BenchmarkTable() {
  using B = Benchmark;
  return {
      MakeField<B>("enabled", kDefaulted, &B::enabled, BooleanType(), "whether nets are timed"),
      MakeField<B>("batch_sizes", kDefaulted, &B::batch_sizes, BatchSizesType(), "images a call"),
      MakeField<B>("threads", kDefaulted, &B::threads, BenchmarkThreadsType(), "threads a call"),
      MakeField<B>("peers", kDefaulted, &B::peers, PeersType(), "implementations timed beside ours"),
      MakeField<B>("rounds", kDefaulted, &B::rounds, RoundsType(),
                   "interleaved repetitions, of which the median counts"),
  };
}

JsonType<int> ThreadsType() { return IntegerType<int>(1, 256); }
JsonType<int> MemoryType() { return IntegerType<int>(64, kMostMemoryMib); }
JsonType<std::map<std::string, std::string>> LabelsType() { return MapType(TextType(0, 256)); }

// One member a stage kind, each there only if the map has it.
Table<std::map<StageKind, KindResources>> KindsTable() {
  using Kinds = std::map<StageKind, KindResources>;
  const auto type = Share(ObjectType<KindResources>({
      MakeField<KindResources>("threads", kInherited, &KindResources::threads, OptionalType(ThreadsType()),
                               "default that of resources"),
      MakeField<KindResources>("memory_mib", kInherited, &KindResources::memory_mib, OptionalType(MemoryType()),
                               "default that of resources"),
      MakeField<KindResources>("labels", kInherited, &KindResources::labels, OptionalType(LabelsType()),
                               "default those of resources"),
  }));
  Table<Kinds> table;
  for (const StageKind kind : kStageKinds) {
    table.push_back({std::string(StageKindName(kind)),
                     kInherited,
                     {.schema = type->schema,
                      .read = [type, kind](const Json& json, const std::string& pointer, Kinds& kinds,
                                           FaultList& faults) { type->read(json, pointer, kinds[kind], faults); },
                      .write = [type, kind](const Kinds& kinds) -> std::optional<Json> {
                        const auto it = kinds.find(kind);
                        return it == kinds.end() ? std::nullopt : type->write(it->second);
                      },
                      .write_difference = nullptr}});
  }
  return table;
}

Table<Resources> ResourcesTable() {
  return {
      MakeField<Resources>(
          "threads", kDefaulted, [](auto& resources) -> auto& { return resources.stage.threads; }, ThreadsType(),
          "threads of a stage; part of its identity, because results depend on it"),
      MakeField<Resources>(
          "memory_mib", kDefaulted, [](auto& resources) -> auto& { return resources.stage.memory_mib; }, MemoryType(),
          "MiB that a stage may occupy"),
      MakeField<Resources>(
          "labels", kDefaulted, [](auto& resources) -> auto& { return resources.stage.labels; }, LabelsType(),
          "labels that a worker must have to run a stage"),
      MakeField<Resources>("kinds", kDefaulted, &Resources::kinds, ObjectType(KindsTable()),
                           "other values for stages of a kind"),
  };
}

Table<Objective> ObjectiveTable() {
  return {
      MakeField<Objective>("max_accuracy_drop", kDefaulted, &Objective::max_accuracy_drop, NumberType({0, 100}),
                           "percentage points of test accuracy that may be lost against the dense net"),
      MakeField<Objective>("maximize", kDefaulted, &Objective::maximize,
                           ChoiceType<Maximize>({Maximize::kWorkWeightedSparsity, Maximize::kSpeed}, MaximizeText),
                           "what decides between the rates that fit"),
      MakeField<Objective>("from", kDefaulted, &Objective::from, RateType(), "the lowest rate worth trying"),
      MakeField<Objective>("to", kDefaulted, &Objective::to, RateType(), "the highest"),
      MakeField<Objective>("resolution", kDefaulted, &Objective::resolution, NumberType({0.001, 0.5}),
                           "how near to the limit the search goes"),
  };
}

Table<LayerRules> LayersTable() {
  return {
      MakeField<LayerRules>("exclude", kDefaulted, &LayerRules::exclude, ExcludeType(),
                            "convolutions that are neither pruned nor converted"),
      MakeField<LayerRules>("fixed_rates", kDefaulted, &LayerRules::fixed_rates, FixedRatesType(),
                            "rates of layers in both domains, instead of the step's"),
  };
}

Table<SweepSpec> MakeSweepTable() {
  using S = SweepSpec;
  return {
      MakeField<S>("name", kRequired, &S::name, SweepNameType(), "names the sweep"),
      MakeField<S>("description", kDefaulted, &S::description, TextType(0, 4096), "for people"),
      MakeField<S>("model", kRequired, &S::model, ObjectType(ModelTable()), "what is pruned"),
      MakeField<S>("data", kRequired, &S::data, ObjectType(DataTable()), "what it is trained and evaluated on"),
      MakeField<S>("training", kDefaulted, &S::training, ObjectType(TrainingTable()), "of the dense net"),
      PruningField("spatial", &S::spatial, SpatialTable(),
                   "pruning of spatial weights for zeros in the Winograd domain; leave out to skip it"),
      WinogradField(
          WinogradTable(),
          "pruning in the Winograd domain, after each spatial step; leave out to skip it; an array of methods "
          "with names to try them side by side"),
      MakeField<S>("tile_sizes", kDefaulted, &S::tile_sizes, ListType(TileSizeType(), 1, 2, true),
                   "the m of F(m x m, 3 x 3)"),
      MakeField<S>("seeds", kDefaulted, &S::seeds, ListType(SeedType(), 0, kMostSeeds, true),
                   "every trial once for each of these, in all its trainings; none: once, with that of training"),
      TrainedOnField(),
      MakeField<S>("test_trials", kDefaulted, &S::test_trials, ListType(TextType(1, 100), 0, kMostTestTrials, true),
                   "ids of trials that are evaluated on the test set, too, beside data.held_out"),
      MakeField<S>("objective", kInherited, &S::objective, OptionalType(ObjectType(ObjectiveTable())),
                   "`winnow run` searches for the highest Winograd rate within a loss of accuracy"),
      MakeField<S>("layers", kDefaulted, &S::layers, ObjectType(LayersTable()), "layers with rules of their own"),
      MakeField<S>("benchmark", kDefaulted, &S::benchmark, ObjectType(BenchmarkTable()), "timing of the nets"),
      MakeField<S>("resources", kDefaulted, &S::resources, ObjectType(ResourcesTable()), "what a stage may use"),
      MakeGroup<S>("retries", kDefaulted,
                   {MakeField<S>("max_attempts", kDefaulted, &S::max_attempts, IntegerType<int>(1, 100),
                                 "attempts at a stage before it counts as failed")},
                   "when a stage fails"),
      MakeField<S>("priority", kDefaulted, &S::priority, IntegerType<int>(-1000, 1000), "higher is sooner"),
  };
}

}  // namespace

const Table<SweepSpec>& SweepTable() {
  static const auto* const kTable = new Table<SweepSpec>(MakeSweepTable());
  return *kTable;
}

}  // namespace winnow::spec
