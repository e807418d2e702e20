#include "spec/parse.h"

#include "spec/data_set.h"
#include "spec/network.h"
#include "spec/strict_json.h"
#include "spec/sweep_rules.h"
#include "spec/sweep_table.h"

namespace winnow::spec {

tl::expected<SweepSpec, std::vector<SpecFault>> ParseSweepSpec(std::string_view json) {
  FaultList faults;
  const std::optional<Json> value = ParseStrictJson(json, faults);
  if (!value) return tl::unexpected(faults.Take());
  SweepSpec spec;
  ReadObject(SweepTable(), *value, "", spec, faults);
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
  return schema.dump(2) + "\n";
}

}  // namespace winnow::spec
