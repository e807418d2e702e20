// One unary call, from its arrival to its answer.
//
//   return Serve<GetSweepResponse>(context, response, [&](Answer<GetSweepResponse> answer) { ... });
#ifndef SERVER_RPC_UNARY_CALL_H_
#define SERVER_RPC_UNARY_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/failpoint.h"
#include "base/result.h"
#include "server/rpc/api_version.h"
#include "server/rpc/call_log.h"
#include "server/rpc/status_conversion.h"

namespace winnow::server {

// Whether a call with this answer changes something that is kept.
template <typename Response>
bool IsChange() {
  const std::string& name = Response::descriptor()->name();
  for (const std::string_view reading : {"Get", "List", "Await", "Renew"}) {
    if (name.starts_with(reading)) return false;
  }
  return true;
}

// Gives a call its answer: from any thread, the first time counts. A call whose every Answer is gone unused ends with
// UNAVAILABLE, so that none hangs when something is torn down.
template <typename Response>
class Answer {
 public:
  Answer(grpc::CallbackServerContext* context, Response* response, grpc::ServerUnaryReactor* reactor)
      : call_(std::make_shared<Call>(context, response, reactor)) {}

  void operator()(Result<Response> result) const { call_->Finish(std::move(result)); }
  void operator()(Status error) const { call_->Finish(Err(std::move(error))); }

 private:
  struct Call {
    Call(grpc::CallbackServerContext* c, Response* r, grpc::ServerUnaryReactor* reactor_in)
        : context(c), response(r), reactor(reactor_in) {}
    ~Call() { Finish(Err(Unavailable("the coordinator is stopping; try again"))); }

    void Finish(Result<Response> result) {
      if (finished.exchange(true)) return;
      WINNOW_FAILPOINT("reply.before");
      // Carried out, and the caller is told otherwise: what a broken connection does.
      if (result && IsChange<Response>() && WINNOW_LOSES_REPLY("reply.lost"))
        result = Err(Unavailable("the connection broke (failpoint)"));
      if (result) {
        *response = *std::move(result);
        reactor->Finish(grpc::Status::OK);
        WINNOW_FAILPOINT("reply.after");
      } else {
        LogFailedCall(*context, result.error());
        reactor->Finish(ToGrpcStatus(result.error(), context));
      }
    }

    grpc::CallbackServerContext* const context;  // all three live until the call is finished
    Response* const response;
    grpc::ServerUnaryReactor* const reactor;
    std::atomic<bool> finished{false};
  };

  std::shared_ptr<Call> call_;
};

// Owns itself until gRPC is done with the call.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  void OnCancel() override {
    if (on_cancel) on_cancel();
  }
  void OnDone() override { delete this; }

  // Set before the handler returns; runs when the client goes before the answer.
  std::function<void()> on_cancel;
};

// Refuses clients of another API version, else runs `handle(answer, reactor)`.
template <typename Response, typename Handle>
grpc::ServerUnaryReactor* ServeWaiting(grpc::CallbackServerContext* context, Response* response, Handle handle) {
  auto* const reactor = new UnaryReactor;
  Answer<Response> answer(context, response, reactor);
  if (Status status = CheckApiVersion(*context); !status.ok()) {
    answer(std::move(status));
  } else {
    handle(std::move(answer), *reactor);
  }
  return reactor;
}

// The same for calls that do not care whether the client goes: handle(answer).
template <typename Response, typename Handle>
grpc::ServerUnaryReactor* Serve(grpc::CallbackServerContext* context, Response* response, Handle handle) {
  return ServeWaiting(context, response, [&](Answer<Response> answer, UnaryReactor&) { handle(std::move(answer)); });
}

}  // namespace winnow::server

#endif  // SERVER_RPC_UNARY_CALL_H_
