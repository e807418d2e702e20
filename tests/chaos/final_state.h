// What a coordinator has at the end of a run, asked over its API as a user would.
#ifndef TESTS_CHAOS_FINAL_STATE_H_
#define TESTS_CHAOS_FINAL_STATE_H_

#include "base/result.h"
#include "client/lib/connection.h"
#include "tests/chaos/operation.h"

namespace winnow::chaos {

// Reads every sweep, stage and measurement, and every artifact that a stage links, whole: the coordinator checks
// digests as it reads. Blocks.
Result<FinalState> ReadFinalState(client::Connection& connection);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_FINAL_STATE_H_
