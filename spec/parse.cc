#include "spec/parse.h"

#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/presets.h"
#include "spec/strict_json.h"
#include "spec/sweep_rules.h"
#include "spec/sweep_table.h"

namespace winnow::spec {
namespace {

// No member of a SweepSpec: what it stands for is put in its place before the spec is read.
void AddPreset(OrderedJson& schema) {
  OrderedJson names = OrderedJson::array();
  std::string text = "members that the spec leaves out are this one's:";
  for (const Preset& preset : Presets()) {
    names.push_back(preset.name);
    text += " " + preset.name + " (" + preset.description + ")";
  }
  schema["properties"]["preset"] = {{"type", "string"}, {"enum", names}, {"description", text}};
  schema["anyOf"] = {{{"required", {"model", "data"}}}, {{"required", {"preset"}}}};
  schema["required"] = {"name"};
}

}  // namespace

tl::expected<SweepSpec, std::vector<SpecFault>> ParseSweepSpec(std::string_view json) {
  FaultList faults;
  const std::optional<Json> value = ParseStrictJson(json, faults);
  if (!value) return tl::unexpected(faults.Take());
  SweepSpec spec;
  ReadObject(SweepTable(), ExpandPreset(*value, faults), "", spec, faults);
  if (spec.model.graph && spec.model.name.empty()) spec.model.name = kGraphModel;
  if (spec.data.digest.empty()) {
    if (const auto set = FindDataSet(spec.data.name)) spec.data.digest = set->digest;
  }
  CheckRules(spec, faults);
  if (faults.count() > 0) return tl::unexpected(faults.Take());
  return spec;
}

Json ToJson(const SweepSpec& spec) { return WriteObject(SweepTable(), spec); }

std::string JsonSchema() {
  const OrderedJson object = ObjectSchema(SweepTable());
  OrderedJson schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "Winnow sweep spec"},
      {"description",
       "Made by winnow_spec_schema from the parser's tables. Rules between members are in docs/formats.md."}};
  for (const auto& [name, content] : object.items()) schema[name] = content;
  AddPreset(schema);
  return schema.dump(2) + "\n";
}

}  // namespace winnow::spec
