// What this executor is, for the agent that asks before it registers: `winnow-stage --describe`.
#ifndef WORKER_STAGE_DESCRIBE_H_
#define WORKER_STAGE_DESCRIBE_H_

#include "base/json.h"

namespace winnow::worker {

// {"protocol", "versions", "numerics_class", "isa", "fingerprint"}, docs/formats.md section 4. The numerics class is
// the one of a stage of one thread; threads stand at its end.
Json Describe();

}  // namespace winnow::worker

#endif  // WORKER_STAGE_DESCRIBE_H_
