// The coordinator's records as the API has them. Pure.
#ifndef SERVER_RPC_TO_PROTO_H_
#define SERVER_RPC_TO_PROTO_H_

#include "base/clock.h"
#include "server/coordinator/coordinator.h"
#include "winnow/v1/artifact.pb.h"
#include "winnow/v1/results.pb.h"
#include "winnow/v1/stage.pb.h"
#include "winnow/v1/sweep.pb.h"
#include "winnow/v1/trial.pb.h"
#include "winnow/v1/worker.pb.h"

namespace winnow::server {

google::protobuf::Timestamp ToProto(WallTime time);
google::protobuf::Duration ToProto(Duration duration);

v1::StageKind ToProto(spec::StageKind kind);
v1::StageState ToProto(StageState state);
v1::TrialState ToProto(TrialState state);
v1::SweepState ToProto(SweepState state);

// Without spec_json.
v1::Sweep ToProto(const Sweep& sweep);
v1::Sweep ToProto(const SweepView& view);
v1::SweepComparison ToProto(const SweepComparison& comparison);
v1::Trial ToProto(const Trial& trial);
v1::TrialResult ToProto(const TrialResult& result);
v1::BenchmarkRow ToProto(const BenchmarkRow& row);
v1::Stage ToProto(const StageView& view);
v1::Measurement ToProto(const Measurement& measurement);
v1::Artifact ToProto(const Artifact& artifact);
// What the worker said, and what the coordinator knows; `now` dates its last sign of life.
v1::Worker ToProto(const Dispatcher::WorkerView& view, WallTime now);
v1::Lease ToProto(const GrantedLease& granted, Duration ttl);

}  // namespace winnow::server

#endif  // SERVER_RPC_TO_PROTO_H_
