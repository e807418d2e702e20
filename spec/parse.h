// A sweep spec from its JSON and back (docs/formats.md section 1, docs/sweep.schema.json).
#ifndef SPEC_PARSE_H_
#define SPEC_PARSE_H_

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "base/json.h"
#include "spec/spec_fault.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

// All faults at once, in the order of the text's members as docs/formats.md lists them; one alone if it is a syntax
// error. Fills in defaults, the catalogue's digest and, in retrainings, what they inherit.
tl::expected<SweepSpec, std::vector<SpecFault>> ParseSweepSpec(std::string_view json);

// The normalised form: every member written, the retrainings in full. Parsing it gives an equal spec.
Json ToJson(const SweepSpec& spec);

// The text of docs/sweep.schema.json (JSON Schema 2020-12): what a value may be, without the rules between members.
// Made from the tables that the parser reads by. `winnow_spec_schema` prints it.
std::string JsonSchema();

}  // namespace winnow::spec

#endif  // SPEC_PARSE_H_
