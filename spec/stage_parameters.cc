#include "spec/stage_parameters.h"

#include <utility>

#include "spec/json_table.h"
#include "spec/network.h"
#include "spec/training_table.h"
#include "spec/winograd_field.h"
#include "spec/winograd_method_table.h"
#include "spec/winograd_relu.h"

namespace winnow::spec {
namespace {

// Only there, in requests and in keys, where it has elements.
template <typename P>
Field<P> WinogradReluField() {
  Field<P> field = MakeField<P>("winograd_relu", Presence::kInherited, &P::winograd_relu, ExcludeType(), "");
  field.type.write = [write = field.type.write](const P& model) {
    return model.winograd_relu.empty() ? std::nullopt : write(model);
  };
  return field;
}

// Of its members, too, only those that differ from their defaults stand in a key.
JsonType<std::optional<NativeParameters>> NativeType() {
  using N = NativeParameters;
  Table<N> table = {
      MakeField<N>("tile_size", kRequired, &N::tile_size, TileSizeType(), ""),
      MakeField<N>("exclude", kDefaulted, &N::exclude, ExcludeType(), ""),
  };
  for (Field<N>& field : NativeRuleTable<N>()) table.push_back(std::move(field));
  const auto object = Share(ObjectType(std::move(table)));
  JsonType<std::optional<N>> type = OptionalType(*object);
  type.write_difference = [object](const std::optional<N>& value, const std::optional<N>&) {
    return value ? object->write_difference(*value, N()) : std::nullopt;
  };
  return type;
}

// Members that several kinds have. P is the kind's struct.
template <typename P>
Field<P> ModelField() {
  using M = ModelParameters;
  return MakeField<P>(
      "model", kRequired, &P::model,
      ObjectType<M>({
          MakeField<M>("name", kRequired, &M::name, NameType(ModelNames()), ""),
          MakeField<M>("width", kDefaulted, &M::width, NumberType({0, 4, true, false}), ""),
          MakeField<M>("graph", Presence::kInherited, &M::graph, OptionalType(LayerGraphType()), ""),
          MakeField<M>("pretrained_sha256", kDefaulted, &M::pretrained_sha256, DigestType(/*or_empty=*/true), ""),
          WinogradReluField<M>(),
      }),
      "");
}

template <typename P>
Field<P> TrainingDataField() {
  using D = TrainingDataParameters;
  return MakeField<P>("data", kRequired, &P::data,
                      ObjectType<D>({
                          MakeField<D>("name", kRequired, &D::name, NameType(DataSetNames()), ""),
                          MakeField<D>("classes", kDefaulted, &D::classes, IntegerType<int>(0, 65535), ""),
                          MakeField<D>("side", kDefaulted, &D::side, SideType(), ""),
                          MakeField<D>("train_limit", kDefaulted, &D::train_limit, IntegerType<int>(0, INT32_MAX), ""),
                          MakeField<D>("held_out", kDefaulted, &D::held_out, IntegerType<int>(0, INT32_MAX), ""),
                      }),
                      "");
}

template <typename P>
Field<P> TestDataField() {
  using D = TestDataParameters;
  return MakeField<P>("data", kRequired, &P::data,
                      ObjectType<D>({
                          MakeField<D>("name", kRequired, &D::name, NameType(DataSetNames()), ""),
                          MakeField<D>("classes", kDefaulted, &D::classes, IntegerType<int>(0, 65535), ""),
                          MakeField<D>("side", kDefaulted, &D::side, SideType(), ""),
                          MakeField<D>("test_limit", kDefaulted, &D::test_limit, IntegerType<int>(0, INT32_MAX), ""),
                          MakeField<D>("held_out", kDefaulted, &D::held_out, IntegerType<int>(0, INT32_MAX), ""),
                      }),
                      "");
}

template <typename P>
Field<P> TileSizeField() {
  return MakeField<P>("tile_size", kRequired, &P::tile_size, TileSizeType(), "");
}

template <typename P>
Field<P> ExcludeField() {
  return MakeField<P>("exclude", kDefaulted, &P::exclude, ExcludeType(), "");
}

template <typename P>
Field<P> TrainingField() {
  return MakeField<P>("training", kDefaulted, &P::training, ObjectType(TrainingTable()), "");
}

// What both prunings have.
template <typename P>
Table<P> PruneTable() {
  return {ModelField<P>(),    TrainingDataField<P>(),
          TileSizeField<P>(), MakeField<P>("rate", kRequired, &P::rate, RateType(), ""),
          ExcludeField<P>(),  MakeField<P>("fixed_rates", kDefaulted, &P::fixed_rates, FixedRatesType(), ""),
          TrainingField<P>()};
}

const Table<TrainParameters>& TableOf(const TrainParameters*) {
  using P = TrainParameters;
  static const auto* const kTable =
      new Table<P>{ModelField<P>(), TrainingDataField<P>(), TrainingField<P>(),
                   MakeField<P>("native", Presence::kInherited, &P::native, NativeType(), "")};
  return *kTable;
}

const Table<SpatialPruneParameters>& TableOf(const SpatialPruneParameters*) {
  using P = SpatialPruneParameters;
  static const auto* const kTable = [] {
    auto* table = new Table<P>(PruneTable<P>());
    table->push_back(MakeField<P>("dropout_shrinking", kDefaulted, &P::dropout_shrinking, DropoutShrinkingType(), ""));
    return table;
  }();
  return *kTable;
}

const Table<WinogradPruneParameters>& TableOf(const WinogradPruneParameters*) {
  using P = WinogradPruneParameters;
  static const auto* const kTable = [] {
    auto* table = new Table<P>(PruneTable<P>());
    for (Field<P>& field : WinogradMethodTable<P>()) table->push_back(std::move(field));
    return table;
  }();
  return *kTable;
}

const Table<EvaluateParameters>& TableOf(const EvaluateParameters*) {
  using P = EvaluateParameters;
  static const auto* const kTable =
      new Table<P>{ModelField<P>(), TestDataField<P>(), TileSizeField<P>(), ExcludeField<P>()};
  return *kTable;
}

const Table<BenchmarkParameters>& TableOf(const BenchmarkParameters*) {
  using P = BenchmarkParameters;
  static const auto* const kTable =
      new Table<P>{ModelField<P>(),
                   TileSizeField<P>(),
                   ExcludeField<P>(),
                   MakeField<P>("batch_sizes", kDefaulted, &P::batch_sizes, BatchSizesType(), ""),
                   MakeField<P>("threads", kDefaulted, &P::threads, BenchmarkThreadsType(), ""),
                   MakeField<P>("peers", kDefaulted, &P::peers, PeersType(), ""),
                   MakeField<P>("rounds", kDefaulted, &P::rounds, RoundsType(), "")};
  return *kTable;
}

// The alternative of a kind, filled with its defaults.
template <size_t... kIndex>
StageParameters EmptyParameters(StageKind kind, std::index_sequence<kIndex...>) {
  StageParameters parameters;
  ((static_cast<size_t>(kind) == kIndex ? void(parameters.emplace<kIndex>()) : void()), ...);
  return parameters;
}

}  // namespace

Result<Network> FindNetwork(const ModelParameters& model, const DataSet& data_set) {
  WINNOW_ASSIGN_OR_RETURN(Network network, FindNetwork(model.name, model.width, model.graph, data_set));
  return WithWinogradRelu(std::move(network), model.winograd_relu);
}

StageKind KindOf(const StageParameters& parameters) { return static_cast<StageKind>(parameters.index()); }

Json ToJson(const StageParameters& parameters) {
  return std::visit([](const auto& value) { return WriteObject(TableOf(&value), value); }, parameters);
}

Json WithoutDefaults(const StageParameters& parameters) {
  return std::visit(
      [](const auto& value) {
        return WriteObjectDifference(TableOf(&value), value, std::remove_cvref_t<decltype(value)>{});
      },
      parameters);
}

Result<StageParameters> StageParametersFromJson(StageKind kind, const Json& json) {
  StageParameters parameters = EmptyParameters(kind, std::make_index_sequence<std::variant_size_v<StageParameters>>());
  FaultList faults;
  std::visit([&](auto& value) { ReadObject(TableOf(&value), json, "", value, faults); }, parameters);
  if (faults.count() > 0) {
    return Err(ToStatus(faults.Take()).WithContext("parameters of the stage " + std::string(StageKindName(kind))));
  }
  return parameters;
}

}  // namespace winnow::spec
