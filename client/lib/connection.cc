#include "client/lib/connection.h"

#include <utility>

#include "client/lib/channel.h"

namespace winnow::client {

Result<std::unique_ptr<Connection>> Connection::Open(const ServerAddress& address, Clock* clock) {
  WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, MakeChannel(address));
  Stubs stubs;
  stubs.server = v1::ServerService::NewStub(channel);
  stubs.sweeps = v1::SweepService::NewStub(channel);
  stubs.trials = v1::TrialService::NewStub(channel);
  stubs.stages = v1::StageService::NewStub(channel);
  stubs.results = v1::ResultsService::NewStub(channel);
  stubs.artifacts = v1::ArtifactService::NewStub(channel);
  stubs.workers = v1::WorkerService::NewStub(channel);
  return std::make_unique<Connection>(address.target, std::move(stubs), clock);
}

Connection::Connection(std::string address, Stubs stubs, Clock* clock)
    : address_(std::move(address)), stubs_(std::move(stubs)), clock_(clock) {}

void Connection::PrepareContext(grpc::ClientContext& context, Duration limit) const {
  context.AddMetadata(kApiVersionMetadata, std::to_string(kApiVersion));
  if (limit != Duration::max()) {
    context.set_deadline(std::chrono::system_clock::now() +
                         std::chrono::duration_cast<std::chrono::system_clock::duration>(limit));
  }
}

Status Connection::EndOf(const grpc::Status& status, const grpc::ClientContext& context,
                         const Cancellation::Scope& scope) {
  if (status.error_code() == grpc::StatusCode::CANCELLED && !scope.ended()) {
    return Unavailable("the coordinator, which is stopping, ended the call");
  }
  return FromGrpcStatus(status, context);
}

Status Connection::Explain(Status status, const CallPolicy& policy) const {
  if (policy.cancellation != nullptr && policy.cancellation->cancelled() && !status.ok()) {
    return Cancelled("interrupted");
  }
  if (status.code() == StatusCode::kDeadlineExceeded) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(policy.limit).count();
    return Unavailable("tried " + address_ + ": no answer within " + std::to_string(ms) + " ms");
  }
  if (status.code() == StatusCode::kUnavailable) {
    return Status(StatusCode::kUnavailable, "tried " + address_ + ": " + ShortReason(status.message()),
                  status.reason());
  }
  return status;
}

Result<v1::Server> Connection::Handshake(Duration limit, Cancellation* cancellation) {
  const CallPolicy once{limit, Duration::zero(), cancellation};
  Result<v1::GetServerResponse> answer =
      Call(*stubs_.server, &v1::ServerService::StubInterface::GetServer, v1::GetServerRequest(), once);
  if (!answer) {
    const Status& status = answer.error();
    if (status.code() == StatusCode::kUnavailable || status.code() == StatusCode::kCancelled) {
      return Err(status.code() == StatusCode::kCancelled
                     ? status
                     : Unavailable("no coordinator: " + status.message() + "; is winnowd running there?"));
    }
    if (status.code() == StatusCode::kUnimplemented) {
      return Err(Unavailable("tried " + address_ + ": what answers there is not a Winnow coordinator"));
    }
    return Err(Unavailable("tried " + address_ + ": " + status.ToString()));
  }
  const v1::Server& server = answer->server();
  if (server.api_version() != kApiVersion) {
    return Err(Unavailable("tried " + address_ + ": winnowd " + server.version() + " speaks version " +
                           std::to_string(server.api_version()) + " of the API, this program version " +
                           std::to_string(kApiVersion) + "; use the same release of both"));
  }
  return server;
}

Connection::Repeats::Repeats(const Connection* connection, const CallPolicy& policy)
    : connection_(connection), policy_(policy), begin_(connection->clock()->Now()) {}

void Connection::Repeats::Reset() {
  begin_ = connection_->clock()->Now();
  backoff_.Reset();
}

bool Connection::Repeats::PauseAfter(const Status& status) {
  if (status.code() != StatusCode::kUnavailable) return false;
  const Duration pause = backoff_.Next();
  if (policy_.patience != Duration::max() && connection_->clock()->Now() + pause - begin_ > policy_.patience) {
    return false;
  }
  if (policy_.cancellation != nullptr) {
    policy_.cancellation->PauseFor(pause);
    return !policy_.cancellation->cancelled();
  }
  Pause uncancelled(connection_->clock());
  return uncancelled.For(pause);
}

}  // namespace winnow::client
