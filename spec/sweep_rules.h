// The rules between members of a sweep spec, which no table of single members can tell.
#ifndef SPEC_SWEEP_RULES_H_
#define SPEC_SWEEP_RULES_H_

#include "spec/fault_list.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

// Adds a fault for every rule that `spec` breaks. A rule is left aside where `faults` already has one at a member that
// it looks at, whose value therefore is not the user's.
void CheckRules(const SweepSpec& spec, FaultList& faults);

}  // namespace winnow::spec

#endif  // SPEC_SWEEP_RULES_H_
