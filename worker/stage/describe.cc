#include "worker/stage/describe.h"

#include "kernels/isa/isa.h"
#include "spec/stage_kind.h"
#include "worker/bench/machine_fingerprint.h"
#include "worker/stage/numerics_class.h"
#include "worker/stage/stage_request.h"

namespace winnow::worker {

Json Describe() {
  Json versions = Json::object();
  for (const spec::StageKind kind : spec::kStageKinds) {
    versions[std::string(spec::StageKindName(kind))] = spec::StageKindVersion(kind);
  }
  return {{"protocol", kProtocolVersion},
          {"versions", std::move(versions)},
          {"numerics_class", NumericsClass(1)},
          {"isa", kernels::IsaName(kernels::BestIsa())},
          {"fingerprint", ThisMachine().ToJson()}};
}

}  // namespace winnow::worker
