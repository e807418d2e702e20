// The model against which a history is checked: what a coordinator that can be trusted may have answered.
//
//   lost        an acknowledged result, measurement or sweep is not there at the end, or is another
//   duplicated  a stage has two acknowledged results, a request two different answers, or a sweep was made twice
//   stuck       a stage or sweep has not succeeded at the end, though nothing can have failed it
//   broken      two leases of a stage overlap, a call under a lease that had passed on was taken, or the stored result
//               was never sent
//
// A pure function: a history and a final state in, findings out. That every stage should succeed is part of the model:
// executors of a chaos run do not fail.
#ifndef TESTS_CHAOS_HISTORY_CHECKER_H_
#define TESTS_CHAOS_HISTORY_CHECKER_H_

#include <string>
#include <vector>

#include "tests/chaos/operation.h"

namespace winnow::chaos {

enum class FindingKind { kLost, kDuplicated, kStuck, kBroken };

struct Finding {
  FindingKind kind = FindingKind::kBroken;
  std::string text;
};

std::vector<Finding> CheckHistory(const History& history, const FinalState& final_state);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_HISTORY_CHECKER_H_
