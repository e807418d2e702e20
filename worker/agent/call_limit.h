// How long an agent waits for the answer to one call before it tries again.
#ifndef WORKER_AGENT_CALL_LIMIT_H_
#define WORKER_AGENT_CALL_LIMIT_H_

#include "base/clock.h"

namespace winnow::worker {

inline constexpr Duration kCallLimit = std::chrono::seconds(10);
inline constexpr Duration kRegisterLimit = std::chrono::seconds(5);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_CALL_LIMIT_H_
