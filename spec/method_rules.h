// What holds between the methods of "winograd", and between a method and its start.
#ifndef SPEC_METHOD_RULES_H_
#define SPEC_METHOD_RULES_H_

#include <functional>
#include <string>

#include "spec/fault_list.h"
#include "spec/network.h"
#include "spec/sweep_spec.h"

namespace winnow::spec {

// Of every pruning in the Winograd domain, with its JSON pointer: "/winograd", or "/winograd/0" of a list.
void ForEachPruning(const SweepSpec& spec,
                    const std::function<void(const WinogradPruning&, const std::string& pointer)>& visit);

// Names and tile sizes of a list, starts and what goes with them.
void CheckStarts(const SweepSpec& spec, FaultList& faults);

// Whether `network`, the sweep's, can be what the starts make of it.
void CheckStartsOf(const Network& network, const SweepSpec& spec, FaultList& faults);

}  // namespace winnow::spec

#endif  // SPEC_METHOD_RULES_H_
