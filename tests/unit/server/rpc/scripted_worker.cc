#include "tests/unit/server/rpc/scripted_worker.h"

#include "base/id.h"
#include "base/sha256.h"
#include "spec/data_set.h"
#include "spec/stage_kind.h"

namespace winnow::server {
namespace {

std::string ResultOf(v1::StageKind kind) {
  switch (kind) {
    case v1::STAGE_KIND_TRAIN:
      return R"({"epochs": 10, "train_images": 60000, "train_loss": 0.1, "train_accuracy": 0.95, "seconds": 1.5})";
    case v1::STAGE_KIND_SPATIAL_PRUNE:
      return R"({"epochs": 2, "rate": 0.3, "layers": []})";
    case v1::STAGE_KIND_WINOGRAD_PRUNE:
      return R"({"epochs": 2, "rate": 0.5, "layers": []})";
    default:
      return R"({"accuracy": 0.9, "correct": 9000, "images": 10000, "loss": 0.25,
                 "sparsity": {"prunable": 0.48, "network": 0.4, "multiplications_left": 0.25},
                 "layers": [{"name": "conv1", "spatial_sparsity": null, "winograd_sparsity": 0.5, "multiplications": 7}],
                 "seconds": 0.5})";
  }
}

bool MakesNet(v1::StageKind kind) {
  return kind == v1::STAGE_KIND_TRAIN || kind == v1::STAGE_KIND_SPATIAL_PRUNE || kind == v1::STAGE_KIND_WINOGRAD_PRUNE;
}

}  // namespace

std::string SmallSpec(const std::string& name, int seed, const std::string& members) {
  return R"({"name": ")" + name + R"(", "model": {"name": "lenet-5-3x3"}, "data": {"name": "fashion-mnist"},
            "training": {"seed": )" +
         std::to_string(seed) + R"(}, "spatial": {"rates": [0.3]}, "winograd": {"rates": [0.5]}, "tile_sizes": [4],
            "benchmark": {"enabled": false})" +
         members + "}";
}

std::string MustSubmit(Api& api, const std::string& spec) {
  v1::CreateSweepRequest request;
  request.set_request_id(NewUuid());
  request.set_spec_json(spec);
  const auto created = api.Call(&SweepStub::CreateSweep, request);
  EXPECT_TRUE(created.ok()) << created;
  return created->sweep().name();
}

v1::RegisterWorkerRequest ScriptedWorker::Registration() const {
  v1::RegisterWorkerRequest request;
  request.set_request_id(NewUuid());
  v1::Worker& worker = *request.mutable_worker();
  worker.set_name(name());
  worker.set_instance(instance());
  worker.set_host_id("host-of-" + id_);
  worker.set_threads(4);
  worker.set_memory_bytes(int64_t{16} << 30);
  worker.set_isa("avx2");
  worker.set_numerics_class("test-class");
  for (const spec::StageKind kind : spec::kStageKinds) {
    v1::StageVersion& version = *worker.add_stage_versions();
    version.set_kind(static_cast<v1::StageKind>(static_cast<int>(kind) + 1));
    version.set_version(spec::StageKindVersion(kind));
  }
  v1::WorkerDataSet& data_set = *worker.add_data_sets();
  data_set.set_name("fashion-mnist");
  data_set.set_digest(spec::FindDataSet("fashion-mnist")->digest);
  (*worker.mutable_labels())["rack"] = "3";
  return request;
}

Outcome ScriptedWorker::Register() { return api_->Call(&WorkerStub::RegisterWorker, Registration()); }

v1::AcquireLeaseRequest ScriptedWorker::Asking(int wait_s) const {
  v1::AcquireLeaseRequest request;
  request.set_request_id(NewUuid());
  request.set_worker(name());
  request.set_instance(instance());
  request.set_free_threads(4);
  request.set_free_memory_bytes(int64_t{16} << 30);
  request.mutable_wait()->set_seconds(wait_s);
  return request;
}

std::optional<v1::Lease> ScriptedWorker::Acquire() {
  const auto reply = api_->Call(&WorkerStub::AcquireLease, Asking());
  EXPECT_TRUE(reply.ok()) << reply;
  return reply->has_lease() ? std::optional(reply->lease()) : std::nullopt;
}

v1::CompleteStageRequest ScriptedWorker::Success(const v1::Lease& lease) {
  v1::CompleteStageRequest request;
  request.set_request_id(NewUuid());
  request.set_token(lease.token());
  v1::StageSuccess& success = *request.mutable_success();
  success.set_result_json(ResultOf(lease.stage().kind()));
  success.set_numerics_class("test-class");
  if (!MakesNet(lease.stage().kind())) return request;
  const std::string checkpoint = "checkpoint of " + lease.stage().name();
  const std::string artifact = "artifacts/sha256-" + Sha256Hex(checkpoint);
  const auto stored = api_->Upload(artifact, static_cast<int64_t>(checkpoint.size()), checkpoint);
  EXPECT_TRUE(stored.ok()) << stored;
  v1::StageArtifact& added = *success.add_artifacts();
  added.set_role("checkpoint");
  added.set_artifact(artifact);
  return request;
}

Reply<v1::CompleteStageResponse> ScriptedWorker::Complete(const v1::CompleteStageRequest& request) {
  return api_->Call(&WorkerStub::CompleteStage, request);
}

std::optional<v1::Lease> ScriptedWorker::RunOne() {
  const std::optional<v1::Lease> lease = Acquire();
  if (!lease) return std::nullopt;
  const auto done = Complete(Success(*lease));
  EXPECT_TRUE(done.ok()) << lease->stage().label() << ": " << done;
  return lease;
}

int ScriptedWorker::RunAll() {
  int count = 0;
  while (count < 1000 && RunOne()) ++count;
  return count;
}

}  // namespace winnow::server
