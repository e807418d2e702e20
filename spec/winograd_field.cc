#include "spec/winograd_field.h"

#include "spec/training_table.h"

namespace winnow::spec {
namespace {

constexpr size_t kMostMethods = 16;
constexpr size_t kLongestMethodName = 63;

JsonType<std::string> MethodNameType() {
  JsonType<std::string> type = TextType(1, kLongestMethodName);
  type.schema = {{"type", "string"}, {"pattern", "^[a-z0-9-]{1,63}$"}};
  type.read = [](const Json& json, const std::string& pointer, std::string& name, FaultList& faults) {
    const auto good = [](const std::string& text) {
      return !text.empty() && text.size() <= kLongestMethodName &&
             text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
    };
    if (json.is_string() && good(json.get_ref<const std::string&>())) {
      name = json.get<std::string>();
    } else {
      faults.Add(pointer, "expected a name of 1 to 63 of a-z, 0-9 and -, found " + Found(json));
    }
  };
  return type;
}

// Not written where it is the default, so that specs from before there was a choice stay as they are.
Field<WinogradPruning> StartField() {
  using W = WinogradPruning;
  Field<W> field = MakeField<W>(
      "start", Presence::kInherited, &W::start,
      ChoiceType<Start>({Start::kSpatial, Start::kDense, Start::kNative, Start::kWinogradRelu}, StartText),
      "what the ladder begins with: each spatial step (the default), the dense net, a net trained in the Winograd "
      "domain from the first step on, or that with its ReLUs there too");
  field.type.write = [write = field.type.write](const W& pruning) {
    return pruning.start == Start::kSpatial ? std::nullopt : write(pruning);
  };
  return field;
}

Field<WinogradPruning> NativeField() {
  using W = WinogradPruning;
  Table<W> table = {MakeField<W>("training", Presence::kInherited, &W::native_training,
                                 ObjectType(RetrainingTable(/*with_batch_norm_momentum=*/true)),
                                 "of the net that is pruned; what is left out is inherited from training")};
  for (Field<W>& field : NativeRuleTable<W>()) table.push_back(std::move(field));
  Field<W> group = MakeGroup<W>("native", Presence::kInherited, std::move(table),
                                "of the starts \"native\" and \"winograd-relu\": the training before any pruning");
  group.type.write = [write = group.type.write](const W& pruning) {
    return IsNative(pruning.start) ? write(pruning) : std::nullopt;
  };
  return group;
}

Field<WinogradPruning> TileSizesField() {
  using W = WinogradPruning;
  Field<W> field = MakeField<W>("tile_sizes", Presence::kInherited, &W::tile_sizes,
                                ListType(TileSizeType(), 1, 2, true), "some of the sweep's; left out: all of them");
  field.type.write = [write = field.type.write](const W& pruning) {
    return pruning.tile_sizes.empty() ? std::nullopt : write(pruning);
  };
  return field;
}

// Of a list's elements: the others, and what tells one from the next.
Table<WinogradPruning> MethodTable(const Table<WinogradPruning>& members) {
  using W = WinogradPruning;
  Table<W> table = {MakeField<W>("name", Presence::kRequired, &W::name, MethodNameType(),
                                 "of the method, in the names of its trials; distinct")};
  table.insert(table.end(), members.begin(), members.end());
  table.push_back(TileSizesField());
  return table;
}

// What is said of an object's members holds for those of an array's elements.
OrderedJson FieldSchema(const OrderedJson& object, const OrderedJson& element, std::string description) {
  OrderedJson schema = object;
  schema["type"] = {"object", "array"};
  schema["items"] = element;
  OrderedJson& members = schema["items"]["properties"];
  for (auto member = members.begin(); member != members.end(); ++member) {
    if (!object["properties"].contains(member.key())) continue;
    member.value() = {{"$ref", "#/properties/winograd/properties/" + member.key()}};
  }
  schema["minItems"] = 1;
  schema["maxItems"] = kMostMethods;
  schema["description"] = std::move(description);
  return schema;
}

WinogradPruning Prepared(const SweepSpec& spec) {
  WinogradPruning pruning;
  pruning.retraining = spec.training;
  pruning.retraining.batch_norm_momentum = WinogradPruning::kDefaultBatchNormMomentum;
  pruning.native_training = spec.training;
  return pruning;
}

}  // namespace

JsonType<double> ThresholdFactorType() {
  constexpr double kLeast = 2, kMost = 1e6;
  JsonType<double> type = NumberType({0, kMost});
  type.read = [](const Json& json, const std::string& pointer, double& value, FaultList& faults) {
    const double number = json.is_number() ? json.get<double>() : -1.0;
    if (number == 0 || (number >= kLeast && number <= kMost)) {
      value = number;
    } else {
      faults.Add(pointer, "expected 0, for none, or a number from 2 to 1000000, found " + Found(json));
    }
  };
  return type;
}

Field<SweepSpec> WinogradField(Table<WinogradPruning> table, std::string description) {
  table.push_back(StartField());
  table.push_back(NativeField());
  const auto element = Share(ObjectType(MethodTable(table)));
  const auto object = Share(ObjectType(std::move(table)));
  Field<SweepSpec> field;
  field.name = "winograd";
  field.presence = Presence::kInherited;
  field.type.schema = FieldSchema(object->schema, element->schema, std::move(description));
  field.type.read = [object, element](const Json& json, const std::string& pointer, SweepSpec& spec,
                                      FaultList& faults) {
    if (!json.is_array()) {
      WinogradPruning pruning = Prepared(spec);
      object->read(json, pointer, pruning, faults);
      spec.winograd = std::move(pruning);
      return;
    }
    if (json.empty() || json.size() > kMostMethods) {
      return faults.Add(pointer, "expected an object or an array of 1 to " + std::to_string(kMostMethods) +
                                     " methods, found " + std::to_string(json.size()));
    }
    for (size_t i = 0; i < json.size(); ++i) {
      spec.methods.push_back(Prepared(spec));
      element->read(json[i], Below(pointer, i), spec.methods.back(), faults);
    }
  };
  field.type.write = [object, element](const SweepSpec& spec) -> std::optional<Json> {
    if (spec.winograd) return object->write(*spec.winograd);
    if (spec.methods.empty()) return std::nullopt;
    Json list = Json::array();
    for (const WinogradPruning& method : spec.methods) list.push_back(*element->write(method));
    return list;
  };
  return field;
}

}  // namespace winnow::spec
