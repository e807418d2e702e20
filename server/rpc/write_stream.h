// The server's side of a stream of messages to a client, one at a time.
#ifndef SERVER_RPC_WRITE_STREAM_H_
#define SERVER_RPC_WRITE_STREAM_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/status.h"
#include "server/rpc/call_log.h"
#include "server/rpc/status_conversion.h"

namespace winnow::server {

// Back-pressure is the subclass's: it sends the next message when OnSent says that the one before has gone out.
//
// Threads    Send and End from any thread. OnSent and OnGone come on gRPC's threads and must not block.
// Ownership  shared: by gRPC until it is done with the call (Hold), and by whoever holds a pointer, for whom Send and
// End
//            do nothing from then on.
template <typename Response>
class WriteStream : public grpc::ServerWriteReactor<Response>,
                    public std::enable_shared_from_this<WriteStream<Response>> {
 public:
  explicit WriteStream(grpc::CallbackServerContext* context) : context_(context) {}

  // Before the handler returns this to gRPC.
  void Hold() { self_ = this->shared_from_this(); }

  // Not before OnSent of the message before. Nothing happens once the stream is ending.
  void Send(Response message) {
    {
      std::lock_guard lock(mutex_);
      if (end_) return;
      message_ = std::move(message);
      sending_ = true;
    }
    this->StartWrite(&message_);
  }

  // Ends the call, after the message that is on its way. The first time counts.
  void End(const Status& status) {
    {
      std::lock_guard lock(mutex_);
      if (end_) return;
      end_ = status;
      if (sending_) return;
    }
    FinishCall(status);
  }

 protected:
  virtual void OnSent() = 0;
  // The client has gone, or the stream has ended: nothing more is to be sent. May come more than once.
  virtual void OnGone() = 0;

 private:
  void OnWriteDone(bool ok) override {
    std::optional<Status> end;
    {
      std::lock_guard lock(mutex_);
      sending_ = false;
      if (!ok && !end_) end_ = Cancelled("the client has gone");
      end = end_;
    }
    if (end) {
      FinishCall(*end);
    } else {
      OnSent();
    }
  }
  void OnCancel() override {
    OnGone();
    End(Cancelled("the client has gone"));
  }
  void OnDone() override {
    OnGone();
    const auto self = std::move(self_);  // may be the last to hold this
  }

  void FinishCall(const Status& status) {
    if (!status.ok() && status.code() != StatusCode::kCancelled) LogFailedCall(*context_, status);
    this->Finish(ToGrpcStatus(status, context_));
  }

  grpc::CallbackServerContext* const context_;
  std::mutex mutex_;
  Response message_;
  bool sending_ = false;
  std::optional<Status> end_;
  std::shared_ptr<WriteStream> self_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_WRITE_STREAM_H_
