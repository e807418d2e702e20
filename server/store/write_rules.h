// What every implementation of StoreWriter refuses, in the same words.
#ifndef SERVER_STORE_WRITE_RULES_H_
#define SERVER_STORE_WRITE_RULES_H_

#include <string>

#include "base/status.h"
#include "server/domain/stage_state.h"

namespace winnow::server {

// Staying is fine. kFailedPrecondition.
Status CheckMove(const std::string& stage_key, StageState from, StageState to);

// kFailedPrecondition, reason ARTIFACT_MISSING.
Status ArtifactMissing(const std::string& digest);

Status SweepExists(const std::string& id);
Status StageExists(const std::string& key);
Status RequestExists(const std::string& request_id);

}  // namespace winnow::server

#endif  // SERVER_STORE_WRITE_RULES_H_
