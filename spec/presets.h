// Sweeps that have a name: what published work did, and scaled-down ones that two cores finish.
//
// A spec with `"preset": "paper/vgg-nagadomi"` is that preset with the spec's own members in place of the preset's:
// objects are joined member by member, anything else is replaced. A null takes a member of the preset away.
#ifndef SPEC_PRESETS_H_
#define SPEC_PRESETS_H_

#include <string>
#include <vector>

#include "base/json.h"
#include "spec/fault_list.h"

namespace winnow::spec {

struct Preset {
  std::string name;         // "paper/vgg-nagadomi"
  std::string description;  // one line
  Json spec;                // all members but "name" and whatever only the user knows
};

const std::vector<Preset>& Presets();
std::vector<std::string> PresetNames();

// The members of `spec` put over those of the preset it names; `spec` as it is where it names none. A preset that is
// not known is a fault at "/preset".
Json ExpandPreset(const Json& spec, FaultList& faults);

}  // namespace winnow::spec

#endif  // SPEC_PRESETS_H_
