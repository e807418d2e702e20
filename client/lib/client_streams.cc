// The calls of Client that stream, and go on after a loss of the connection.
#include <memory>

#include "client/lib/client.h"

namespace winnow::client {
namespace {

bool HasEnded(v1::SweepState state) {
  return state == v1::SWEEP_STATE_SUCCEEDED || state == v1::SWEEP_STATE_FAILED || state == v1::SWEEP_STATE_CANCELLED;
}

// Reads one stream to its end. `take` returns false to end it.
template <typename Message, typename Open, typename Take>
Status ReadStream(Connection& connection, const CallPolicy& policy, Open open, Take take, bool& stopped) {
  grpc::ClientContext context;
  connection.PrepareContext(context, Duration::max());
  Cancellation::Scope scope(policy.cancellation, &context);
  const std::unique_ptr<grpc::ClientReaderInterface<Message>> reader = open(&context);
  Message message;
  while (reader->Read(&message)) {
    if (!take(message)) {
      stopped = true;
      context.TryCancel();
      break;
    }
  }
  while (stopped && reader->Read(&message)) {  // gRPC wants the rest read before Finish()
  }
  const Status status = Connection::EndOf(reader->Finish(), context, scope);
  return stopped ? OkStatus() : connection.Explain(status, policy);
}

}  // namespace

Status Client::WatchSweep(const std::string& name, Duration min_interval, const Taker<v1::WatchSweepResponse>& take,
                          Cancellation* waiting) {
  CallPolicy policy = policy_;
  policy.cancellation = waiting;
  v1::WatchSweepRequest request;
  request.set_name(name);
  const auto ns = std::chrono::duration_cast<std::chrono::nanoseconds>(min_interval).count();
  request.mutable_min_interval()->set_seconds(ns / 1'000'000'000);
  request.mutable_min_interval()->set_nanos(static_cast<int32_t>(ns % 1'000'000'000));
  Connection::Repeats repeats(connection_, policy);
  bool ended = false;
  while (true) {
    bool stopped = false;
    Status status = ReadStream<v1::WatchSweepResponse>(
        *connection_, policy,
        [&](grpc::ClientContext* context) { return connection_->stubs().sweeps->WatchSweep(context, request); },
        [&](const v1::WatchSweepResponse& message) {
          repeats.Reset();
          request.set_after_revision(message.revision());
          ended = HasEnded(message.sweep().state());
          return take(message);
        },
        stopped);
    if (stopped || (ended && status.ok())) return OkStatus();
    // A coordinator that is shut down ends its streams in good order.
    if (status.ok()) status = Unavailable("tried " + connection_->address() + ": the stream has ended early");
    if (!repeats.PauseAfter(status)) {
      return waiting != nullptr && waiting->cancelled() ? Cancelled("interrupted") : status;
    }
  }
}

Status Client::ReadStageLog(const std::string& stage, int attempt, int64_t offset, bool follow,
                            const Taker<v1::ReadStageLogResponse>& take, Cancellation* waiting) {
  CallPolicy policy = policy_;
  policy.cancellation = waiting;
  v1::ReadStageLogRequest request;
  request.set_name(stage);
  request.set_attempt(attempt);
  request.set_offset(offset);
  request.set_follow(follow);
  Connection::Repeats repeats(connection_, policy);
  while (true) {
    bool stopped = false;
    const Status status = ReadStream<v1::ReadStageLogResponse>(
        *connection_, policy,
        [&](grpc::ClientContext* context) { return connection_->stubs().stages->ReadStageLog(context, request); },
        [&](const v1::ReadStageLogResponse& message) {
          repeats.Reset();
          // From here on it is this attempt and the byte after these, also where "the latest" or "the end" was asked.
          request.set_attempt(message.attempt());
          request.set_offset(message.offset() + static_cast<int64_t>(message.content().size()));
          return take(message);
        },
        stopped);
    if (stopped || status.ok()) return OkStatus();
    if (!repeats.PauseAfter(status)) {
      return waiting != nullptr && waiting->cancelled() ? Cancelled("interrupted") : status;
    }
  }
}

}  // namespace winnow::client
