#include "server/rpc/to_proto.h"

#include <chrono>

#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

// "workers/w", or "" for none.
template <typename Name>
std::string NameOrNone(Name name, const std::string& id) {
  return id.empty() ? std::string() : name(id);
}

v1::StageCounts CountsToProto(const StageCounts& counts) {
  v1::StageCounts proto;
  proto.set_blocked(counts[StageState::kBlocked]);
  proto.set_queued(counts[StageState::kQueued]);
  proto.set_running(counts[StageState::kRunning] + counts[StageState::kCancelling]);
  proto.set_succeeded(counts[StageState::kSucceeded]);
  proto.set_failed(counts[StageState::kFailed]);
  proto.set_cancelled(counts[StageState::kCancelled]);
  return proto;
}

v1::TrialParameters ParametersOf(const Trial& trial) {
  v1::TrialParameters proto;
  proto.set_tile_size(trial.tile_size);
  if (trial.spatial_rate) proto.set_spatial_rate(*trial.spatial_rate);
  if (trial.winograd_rate) proto.set_winograd_rate(*trial.winograd_rate);
  proto.set_method(trial.method);
  if (trial.seed) proto.set_seed(*trial.seed);
  proto.set_images(trial.images);
  return proto;
}

v1::Rate RateToProto(const RateResult& rate) {
  v1::Rate proto;
  proto.set_target(rate.target);
  proto.set_reached(rate.reached);
  return proto;
}

v1::ResumePoint ResumeToProto(const ResumePoint& resume) {
  v1::ResumePoint proto;
  proto.set_artifact(ArtifactName(resume.digest));
  proto.set_epoch(resume.epoch);
  return proto;
}

}  // namespace

google::protobuf::Timestamp ToProto(WallTime time) {
  const int64_t ms = ToUnixMillis(time);
  google::protobuf::Timestamp proto;
  proto.set_seconds(ms / 1000);
  proto.set_nanos(static_cast<int32_t>(ms % 1000) * 1000000);
  return proto;
}

google::protobuf::Duration ToProto(Duration duration) {
  const int64_t ns = std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
  google::protobuf::Duration proto;
  proto.set_seconds(ns / 1000000000);
  proto.set_nanos(static_cast<int32_t>(ns % 1000000000));
  return proto;
}

v1::StageKind ToProto(spec::StageKind kind) { return static_cast<v1::StageKind>(static_cast<int>(kind) + 1); }
v1::StageState ToProto(StageState state) { return static_cast<v1::StageState>(state); }
v1::TrialState ToProto(TrialState state) { return static_cast<v1::TrialState>(state); }
v1::SweepState ToProto(SweepState state) { return static_cast<v1::SweepState>(state); }

v1::Sweep ToProto(const Sweep& sweep) {
  v1::Sweep proto;
  proto.set_name(SweepName(sweep.id));
  proto.set_description(sweep.description);
  proto.set_state(ToProto(sweep.state));
  proto.set_reason(sweep.reason);
  *proto.mutable_create_time() = ToProto(sweep.create_time);
  if (sweep.end_time) *proto.mutable_end_time() = ToProto(*sweep.end_time);
  proto.set_trial_count(sweep.trial_count);
  *proto.mutable_stage_counts() = CountsToProto(sweep.stage_counts);
  proto.set_stage_total(sweep.stage_total);
  proto.set_stage_reused(sweep.stage_reused);
  proto.set_stage_unshared(sweep.stage_unshared);
  proto.set_priority(sweep.priority);
  proto.set_paused(sweep.hold == SweepHold::kPaused);
  proto.set_stopping(sweep.hold == SweepHold::kStopping);
  proto.set_user(sweep.user);
  return proto;
}

v1::Sweep ToProto(const SweepView& view) {
  v1::Sweep proto = ToProto(view.sweep);
  proto.set_spec_json(view.spec_json);
  return proto;
}

v1::SweepComparison ToProto(const SweepComparison& comparison) {
  v1::SweepComparison proto;
  proto.set_earlier(SweepName(comparison.earlier));
  proto.mutable_reused_trials()->Assign(comparison.reused.begin(), comparison.reused.end());
  proto.mutable_unfinished_trials()->Assign(comparison.unfinished.begin(), comparison.unfinished.end());
  proto.mutable_new_trials()->Assign(comparison.added.begin(), comparison.added.end());
  proto.mutable_conflicting_trials()->Assign(comparison.conflicting.begin(), comparison.conflicting.end());
  return proto;
}

v1::Trial ToProto(const Trial& trial) {
  v1::Trial proto;
  proto.set_name(TrialNameOf(trial.sweep, trial.id));
  proto.set_state(ToProto(trial.state));
  proto.set_reason(trial.reason);
  *proto.mutable_parameters() = ParametersOf(trial);
  proto.set_net_stage(NameOrNone(StageName, trial.net));
  proto.set_evaluate_stage(NameOrNone(StageName, trial.evaluate));
  proto.set_benchmark_stage(NameOrNone(StageName, trial.benchmark));
  return proto;
}

v1::BenchmarkRow ToProto(const BenchmarkRow& row) {
  v1::BenchmarkRow proto;
  proto.set_batch_size(row.batch_size);
  proto.set_threads(row.threads);
  proto.set_ours_ms(row.ours_ms);
  proto.mutable_peer_ms()->insert(row.peer_ms.begin(), row.peer_ms.end());
  proto.mutable_ratios()->insert(row.ratios.begin(), row.ratios.end());
  proto.set_noisy(row.noisy);
  if (row.network) {
    v1::NetworkTiming& network = *proto.mutable_network();
    network.set_ours_ms(row.network->ours_ms);
    network.mutable_peer_ms()->insert(row.network->peer_ms.begin(), row.network->peer_ms.end());
    network.mutable_ratios()->insert(row.network->ratios.begin(), row.network->ratios.end());
  }
  return proto;
}

v1::TrialResult ToProto(const TrialResult& result) {
  v1::TrialResult proto;
  proto.set_trial(TrialNameOf(result.trial.sweep, result.trial.id));
  proto.set_state(ToProto(result.trial.state));
  proto.set_reason(result.trial.reason);
  *proto.mutable_parameters() = ParametersOf(result.trial);
  if (result.dense_accuracy) proto.set_dense_accuracy(*result.dense_accuracy);
  if (result.accuracy) proto.set_accuracy(*result.accuracy);
  if (result.spatial_sparsity) *proto.mutable_spatial_sparsity() = RateToProto(*result.spatial_sparsity);
  if (result.winograd_sparsity) *proto.mutable_winograd_sparsity() = RateToProto(*result.winograd_sparsity);
  if (result.network_sparsity) proto.set_network_sparsity(*result.network_sparsity);
  if (result.multiplications_left) proto.set_multiplications_left(*result.multiplications_left);
  for (const LayerSparsity& layer : result.layers) {
    v1::LayerSparsity& added = *proto.add_layers();
    added.set_layer(layer.layer);
    if (layer.spatial_sparsity) added.set_spatial_sparsity(*layer.spatial_sparsity);
    added.set_winograd_sparsity(layer.winograd_sparsity);
  }
  for (const BenchmarkRow& row : result.benchmark) *proto.add_benchmark() = ToProto(row);
  proto.set_benchmark_skipped(result.benchmark_skipped);
  proto.set_checkpoint(NameOrNone(ArtifactName, result.checkpoint));
  proto.set_train_images(result.train_images);
  proto.set_test_images(result.test_images);
  if (result.loss) proto.set_loss(*result.loss);
  if (result.trained_on_accuracy) proto.set_trained_on_accuracy(*result.trained_on_accuracy);
  if (result.difference) {
    v1::AccuracyDifference& difference = *proto.mutable_difference();
    difference.set_lost(result.difference->lost);
    difference.set_gained(result.difference->gained);
    difference.set_difference(result.difference->difference);
    difference.set_low(result.difference->low);
    difference.set_high(result.difference->high);
    difference.set_p(result.difference->p);
  }
  return proto;
}

v1::Stage ToProto(const StageView& view) {
  const Stage& stage = view.stage;
  v1::Stage proto;
  proto.set_name(StageName(stage.key));
  proto.set_kind(ToProto(stage.kind));
  proto.set_label(stage.label);
  proto.set_state(ToProto(stage.state));
  proto.set_reason(stage.reason);
  for (const std::string& parent : stage.parents) proto.add_parents(StageName(parent));
  proto.set_parameters_json(stage.parameters_json);
  proto.set_attempt(stage.attempt);
  proto.set_max_attempts(stage.max_attempts);
  proto.set_worker(NameOrNone(WorkerName, stage.worker));
  if (view.progress) {
    proto.mutable_progress()->set_done(view.progress->done);
    proto.mutable_progress()->set_total(view.progress->total);
    proto.mutable_progress()->set_unit(view.progress->unit);
    proto.mutable_progress()->set_note(view.progress->note);
  }
  if (stage.start_time) *proto.mutable_start_time() = ToProto(*stage.start_time);
  if (stage.end_time) *proto.mutable_end_time() = ToProto(*stage.end_time);
  proto.set_result_json(stage.result_json);
  for (const StageArtifact& artifact : stage.artifacts) {
    v1::StageArtifact& added = *proto.add_artifacts();
    added.set_role(artifact.role);
    added.set_artifact(ArtifactName(artifact.digest));
  }
  proto.set_numerics_class(stage.numerics_class);
  return proto;
}

v1::Measurement ToProto(const Measurement& measurement) {
  v1::Measurement proto;
  proto.set_name(measurement.name);
  proto.set_step(measurement.step);
  proto.set_value(measurement.value);
  return proto;
}

v1::Artifact ToProto(const Artifact& artifact) {
  v1::Artifact proto;
  proto.set_name(ArtifactName(artifact.digest));
  proto.set_size_bytes(artifact.size_bytes);
  return proto;
}

v1::Worker ToProto(const Dispatcher::WorkerView& view, WallTime now) {
  const WorkerRecord& record = view.record;
  v1::Worker proto;
  proto.set_name(WorkerName(record.id));
  proto.set_instance(record.instance);
  proto.set_host_id(record.host_id);
  proto.set_threads(record.threads);
  proto.set_memory_bytes(record.memory_bytes);
  proto.set_isa(record.isa);
  proto.set_numerics_class(record.numerics_class);
  proto.set_fingerprint(record.fingerprint);
  proto.set_fingerprint_json(record.fingerprint_json);
  for (const auto& [kind, version] : record.stage_versions) {
    v1::StageVersion& added = *proto.add_stage_versions();
    added.set_kind(ToProto(kind));
    added.set_version(version);
  }
  for (const WorkerDataSet& data_set : record.data_sets) {
    v1::WorkerDataSet& added = *proto.add_data_sets();
    added.set_name(data_set.name);
    added.set_digest(data_set.digest);
  }
  proto.mutable_labels()->insert(record.labels.begin(), record.labels.end());
  proto.set_state(view.alive ? v1::WORKER_STATE_ALIVE : v1::WORKER_STATE_GONE);
  *proto.mutable_register_time() = ToProto(record.register_time);
  *proto.mutable_last_seen_time() = ToProto(
      view.silent_for ? now - std::chrono::duration_cast<WallTime::duration>(*view.silent_for) : record.last_seen_time);
  for (const std::string& key : view.running_stages) proto.add_running_stages(StageName(key));
  proto.set_draining(record.draining);
  proto.set_excluded_because(view.excluded_because);
  return proto;
}

v1::Lease ToProto(const GrantedLease& granted, Duration ttl) {
  const Stage& stage = granted.stage;
  v1::Lease proto;
  proto.set_token(granted.lease.token);
  *proto.mutable_stage() = ToProto(StageView{stage, std::nullopt});
  proto.set_attempt(granted.lease.attempt);
  proto.set_version(stage.version);
  *proto.mutable_ttl() = ToProto(ttl);
  for (const LeaseParent& parent : granted.parents) {
    v1::LeaseParent& added = *proto.add_parents();
    added.set_key(parent.key);
    added.set_checkpoint(NameOrNone(ArtifactName, parent.checkpoint));
  }
  proto.set_data_set(stage.data_set);
  proto.set_data_digest(stage.data_digest);
  proto.set_pretrained(NameOrNone(ArtifactName, stage.pretrained));
  if (stage.resume) *proto.mutable_resume() = ResumeToProto(*stage.resume);
  proto.set_threads(stage.threads);
  proto.set_memory_bytes(stage.memory_bytes);
  return proto;
}

}  // namespace winnow::server
