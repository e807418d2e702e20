// A connection to one coordinator: the generated stubs, and the one place where calls are made, limited and repeated.
//
// Preset chaos writes down every call and reply: client/lib/call_record.h.
//
// Every call carries metadata "winnow-api: 1". A call that fails with UNAVAILABLE, or gets no answer within its limit,
// is repeated unchanged (the same request_id) after a backoff until the patience is over.
#ifndef CLIENT_LIB_CONNECTION_H_
#define CLIENT_LIB_CONNECTION_H_

#include <grpcpp/client_context.h>

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/lib/address.h"
#include "client/lib/backoff.h"
#include "client/lib/call_record.h"
#include "client/lib/cancellation.h"
#include "client/lib/status_conversion.h"
#include "winnow/v1/artifact.grpc.pb.h"
#include "winnow/v1/results.grpc.pb.h"
#include "winnow/v1/server.grpc.pb.h"
#include "winnow/v1/stage.grpc.pb.h"
#include "winnow/v1/sweep.grpc.pb.h"
#include "winnow/v1/trial.grpc.pb.h"
#include "winnow/v1/worker.grpc.pb.h"

namespace winnow::client {

namespace v1 = ::winnow::v1;

inline constexpr int kApiVersion = 1;
inline constexpr char kApiVersionMetadata[] = "winnow-api";

// Tests put in the generated mocks, or stubs of an in-process channel. A null stub is one the test does not call.
struct Stubs {
  std::unique_ptr<v1::ServerService::StubInterface> server;
  std::unique_ptr<v1::SweepService::StubInterface> sweeps;
  std::unique_ptr<v1::TrialService::StubInterface> trials;
  std::unique_ptr<v1::StageService::StubInterface> stages;
  std::unique_ptr<v1::ResultsService::StubInterface> results;
  std::unique_ptr<v1::ArtifactService::StubInterface> artifacts;
  std::unique_ptr<v1::WorkerService::StubInterface> workers;
};

struct CallPolicy {
  Duration limit = std::chrono::seconds(10);     // of one try
  Duration patience = std::chrono::seconds(30);  // how long tries are repeated; 0: one try. Duration::max(): for ever
  Cancellation* cancellation = nullptr;          // borrowed; null: the call cannot be ended early
};

// Threads    safe for concurrent use.
// Ownership  borrows the clock.
// Errors     kUnavailable: "tried ADDRESS: why". kCancelled: ended by the Cancellation. Else as the API has them.
class Connection {
 public:
  // Connects with the first call, not here. Errors as MakeChannel().
  static Result<std::unique_ptr<Connection>> Open(const ServerAddress& address, Clock* clock);
  Connection(std::string address, Stubs stubs, Clock* clock);

  // One GetServer within `limit`, without repeats. kUnavailable besides where what answers is no coordinator, or one
  // of another API version.
  Result<v1::Server> Handshake(Duration limit, Cancellation* cancellation = nullptr);

  const std::string& address() const { return address_; }
  Stubs& stubs() { return stubs_; }
  Clock* clock() const { return clock_; }

  // `method` is a member of `stub`'s interface: Call(*stubs().sweeps, &v1::SweepService::StubInterface::GetSweep, ...).
  template <typename Stub, typename Request, typename Response>
  Result<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                        const Request& request, const CallPolicy& policy = {}) {
    Repeats repeats(this, policy);
    while (true) {
      grpc::ClientContext context;
      PrepareContext(context, policy.limit);
      Response response;
      Status status;
      WINNOW_RECORD_CALL(record, request);
      {
        Cancellation::Scope scope(policy.cancellation, &context);
        status = EndOf((stub.*method)(&context, request, &response), context, scope);
      }
      WINNOW_RECORD_REPLY(record, status, response);
      if (status.ok()) return response;
      status = Explain(std::move(status), policy);
      if (!repeats.PauseAfter(status)) return Err(std::move(status));
    }
  }

  // For streams, which no template covers: metadata and, unless it is Duration::max(), the limit.
  void PrepareContext(grpc::ClientContext& context, Duration limit) const;
  // How a call ended, still in its scope. kCancelled is for calls that were ended here; one that a stopping coordinator
  // ended so is kUnavailable.
  static Status EndOf(const grpc::Status& status, const grpc::ClientContext& context, const Cancellation::Scope& scope);
  // Puts the address before what the network says. An answer that did not come in time counts as kUnavailable.
  Status Explain(Status status, const CallPolicy& policy) const;

  // When to try again.
  class Repeats {
   public:
    Repeats(const Connection* connection, const CallPolicy& policy);
    // Waits for the next try; false: there is none to be.
    bool PauseAfter(const Status& status);
    // Something was received: the patience and the backoff begin anew.
    void Reset();

   private:
    const Connection* const connection_;
    const CallPolicy policy_;
    SteadyTime begin_;
    Backoff backoff_;
  };

 private:
  const std::string address_;
  Stubs stubs_;
  Clock* const clock_;
};

}  // namespace winnow::client

#endif  // CLIENT_LIB_CONNECTION_H_
