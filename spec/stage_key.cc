#include "spec/stage_key.h"

#include "base/sha256.h"
#include "spec/canonical_json.h"

namespace winnow::spec {

std::string StageIdentityText(const StageIdentity& identity) {
  const StageKind kind = KindOf(identity.parameters);
  Json json = {{"kind", StageKindName(kind)},
               {"version", StageKindVersion(kind)},
               {"parameters", WithoutDefaults(identity.parameters)},
               {"parents", identity.parents},
               {"numerics", {{"device", "cpu"}, {"threads", identity.threads}}}};
  if (kind == StageKind::kBenchmark) {
    json["fingerprint"] = identity.benchmark_fingerprint;
  } else {
    json["data_digest"] = identity.data_digest;
  }
  // Only values made by hand, never ones that were read, can fail; they still get a text of their own.
  return CanonicalJson(json).value_or(DumpJson(json));
}

std::string StageKey(const StageIdentity& identity) { return Sha256Hex(StageIdentityText(identity)); }

}  // namespace winnow::spec
