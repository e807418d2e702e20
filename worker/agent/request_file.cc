#include "worker/agent/request_file.h"

#include "base/json.h"
#include "client/lib/artifact_client.h"
#include "worker/agent/executor_description.h"

namespace winnow::worker {
namespace {}  // namespace

std::optional<spec::StageKind> KindOf(v1::StageKind kind) {
  switch (kind) {
    case v1::STAGE_KIND_TRAIN:
      return spec::StageKind::kTrain;
    case v1::STAGE_KIND_SPATIAL_PRUNE:
      return spec::StageKind::kSpatialPrune;
    case v1::STAGE_KIND_WINOGRAD_PRUNE:
      return spec::StageKind::kWinogradPrune;
    case v1::STAGE_KIND_EVALUATE:
      return spec::StageKind::kEvaluate;
    case v1::STAGE_KIND_BENCHMARK:
      return spec::StageKind::kBenchmark;
    default:
      return std::nullopt;
  }
}

v1::StageKind ToProto(spec::StageKind kind) {
  switch (kind) {
    case spec::StageKind::kTrain:
      return v1::STAGE_KIND_TRAIN;
    case spec::StageKind::kSpatialPrune:
      return v1::STAGE_KIND_SPATIAL_PRUNE;
    case spec::StageKind::kWinogradPrune:
      return v1::STAGE_KIND_WINOGRAD_PRUNE;
    case spec::StageKind::kEvaluate:
      return v1::STAGE_KIND_EVALUATE;
    case spec::StageKind::kBenchmark:
      return v1::STAGE_KIND_BENCHMARK;
  }
  return v1::STAGE_KIND_UNSPECIFIED;
}

Result<std::string> RequestText(const v1::Lease& lease, const InputFiles& inputs,
                                const std::filesystem::path& output_dir) {
  const std::optional<spec::StageKind> kind = KindOf(lease.stage().kind());
  if (!kind) {
    return Err(InvalidArgument(lease.stage().name() + " is of kind " + std::to_string(lease.stage().kind()) +
                               ", which this release does not know; update this worker"));
  }
  Result<Json> parameters = ParseJson(lease.stage().parameters_json());
  if (!parameters) return Err(parameters.error().WithContext("parameters of " + lease.stage().name()));
  if (!parameters->is_object()) {
    return Err(InvalidArgument("parameters of " + lease.stage().name() + " are no JSON object"));
  }
  Json request = {{"protocol", kExecutorProtocol},
                  {"stage", lease.stage().name()},
                  {"kind", spec::StageKindName(*kind)},
                  {"version", lease.version()},
                  {"attempt", lease.attempt()},
                  {"parameters", std::move(*parameters)},
                  {"parents", Json::array()},
                  {"numerics", {{"device", "cpu"}, {"threads", lease.threads()}}},
                  {"memory_limit_bytes", lease.memory_bytes()},
                  {"output_dir", output_dir.string()}};
  for (int i = 0; i < lease.parents_size(); ++i) {
    WINNOW_ASSIGN_OR_RETURN(const std::string digest, client::ArtifactDigest(lease.parents(i).checkpoint()));
    request["parents"].push_back({{"key", lease.parents(i).key()},
                                  {"checkpoint", inputs.parents[static_cast<size_t>(i)].string()},
                                  {"digest", digest}});
  }
  if (inputs.pretrained) request["pretrained"] = inputs.pretrained->string();
  if (inputs.data_folder) {
    request["data"] = {
        {"name", lease.data_set()}, {"digest", lease.data_digest()}, {"path", inputs.data_folder->string()}};
  }
  if (inputs.resume) {
    request["resume"] = {{"checkpoint", inputs.resume->string()}, {"epoch", lease.resume().epoch()}};
  }
  return DumpJson(request);
}

}  // namespace winnow::worker
