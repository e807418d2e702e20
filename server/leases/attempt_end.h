// How an attempt's end changes its stage: a pure function, and its way into the store.
#ifndef SERVER_LEASES_ATTEMPT_END_H_
#define SERVER_LEASES_ATTEMPT_END_H_

#include <string>
#include <variant>
#include <vector>

#include "server/leases/lease.h"
#include "server/store/store_writer.h"

namespace winnow::server {

// Its worker was given up.
struct AttemptLost {
  std::string message;
};

using AttemptEnd = std::variant<AttemptSuccess, AttemptFailure, AttemptReturn, AttemptCancelled, AttemptLost>;

// Changes the RUNNING or CANCELLING `stage` and its attempt as the end says.
//   success            SUCCEEDED
//   anything else      CANCELLED where the stage is CANCELLING; else
//     failure, loss    QUEUED, or FAILED where it is not retryable or no attempts are left
//     return, cancel   QUEUED, not counted
void ApplyEnd(const AttemptEnd& end, WallTime now, Stage& stage, Attempt& attempt);

// Writes stage and attempt after ApplyEnd, links what a success made, and forgets the resume point that nothing needs
// any more; returns its digest, if it was not used otherwise.
Result<std::vector<std::string>> StoreEnd(StoreWriter& writer, const AttemptEnd& end, const Stage& before,
                                          const Stage& after, const Attempt& attempt);

// Forgets the artifact of `before` if it is not that of `after` and nothing else uses it; returns its digest then.
Result<std::vector<std::string>> ForgetSuperseded(StoreWriter& writer, const std::optional<ResumePoint>& before,
                                                  const std::optional<ResumePoint>& after);

}  // namespace winnow::server

#endif  // SERVER_LEASES_ATTEMPT_END_H_
