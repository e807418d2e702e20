// Requests of the API as the coordinator takes them: checked, so that what comes out keeps to the ranges that the
// coordinator relies on.
//
// Errors     kInvalidArgument names the field, what was expected and what came.
#ifndef SERVER_RPC_FROM_PROTO_H_
#define SERVER_RPC_FROM_PROTO_H_

#include <string>

#include "base/result.h"
#include "server/coordinator/coordinator.h"
#include "winnow/v1/artifact.pb.h"
#include "winnow/v1/worker.pb.h"

namespace winnow::server {

// A UUID, lower or upper case.
Status CheckRequestId(const std::string& request_id);
// May be empty. kInvalidArgument.
Status CheckUser(const std::string& user);

// A duration of at least 0; `fallback` where the field is unset, at most `longest`.
Result<Duration> FromProto(const google::protobuf::Duration& proto, bool is_set, Duration fallback, Duration longest,
                           const std::string& field);

Result<WorkerRecord> FromProto(const v1::Worker& proto);
Result<AcquireCommand> FromProto(const v1::AcquireLeaseRequest& request);
Result<ReportCommand> FromProto(const v1::ReportProgressRequest& request);
Result<CompleteCommand> FromProto(const v1::CompleteStageRequest& request);
// Digest and size. kInvalidArgument for a negative size.
Result<Artifact> FromProto(const v1::Artifact& proto);

}  // namespace winnow::server

#endif  // SERVER_RPC_FROM_PROTO_H_
