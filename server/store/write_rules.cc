#include "server/store/write_rules.h"

#include "server/domain/resource_name.h"
#include "server/store/store_writer.h"

namespace winnow::server {

Status CheckMove(const std::string& stage_key, StageState from, StageState to) {
  if (from == to || MayMove(from, to)) return OkStatus();
  return FailedPrecondition(StageName(stage_key) + " is " + std::string(StageStateName(from)) + " and cannot become " +
                            std::string(StageStateName(to)));
}

Status ArtifactMissing(const std::string& digest) {
  return FailedPrecondition(ArtifactName(digest) + " is not there; upload it first", kArtifactMissing);
}

Status SweepExists(const std::string& id) { return AlreadyExists(SweepName(id) + " is there already"); }
Status StageExists(const std::string& key) { return AlreadyExists(StageName(key) + " is there already"); }
Status RequestExists(const std::string& request_id) {
  return AlreadyExists("request " + request_id + " has been answered already");
}

}  // namespace winnow::server
