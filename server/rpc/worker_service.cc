#include "server/rpc/worker_service.h"

#include <chrono>
#include <utility>

#include "server/domain/resource_name.h"
#include "server/rpc/answers.h"
#include "server/rpc/from_proto.h"
#include "server/rpc/to_proto.h"

namespace winnow::server {
namespace {

using std::chrono::seconds;

constexpr seconds kDefaultWait{20};
constexpr seconds kLongestWait{60};

using MaybeLease = WorkerDesk::MaybeLease;

}  // namespace

grpc::ServerUnaryReactor* WorkerService::RegisterWorker(grpc::CallbackServerContext* context,
                                                        const v1::RegisterWorkerRequest* request,
                                                        v1::RegisterWorkerResponse* response) {
  return Serve(context, response, [&](Answer<v1::RegisterWorkerResponse> answer) {
    if (Status status = CheckRequestId(request->request_id()); !status.ok()) return answer(std::move(status));
    Result<WorkerRecord> worker = FromProto(request->worker());
    if (!worker) return answer(worker.error());
    coordinator_->workers().Register(
        *std::move(worker),
        Into<WorkerRecord>(std::move(answer), [coordinator = coordinator_](WorkerRecord record,
                                                                           v1::RegisterWorkerResponse& filled) {
          *filled.mutable_worker() = ToProto({std::move(record), true, Duration::zero(), {}, ""}, coordinator->Now());
          *filled.mutable_lease_ttl() = ToProto(coordinator->lease_ttl());
        }));
  });
}

grpc::ServerUnaryReactor* WorkerService::ListWorkers(grpc::CallbackServerContext* context,
                                                     const v1::ListWorkersRequest* request,
                                                     v1::ListWorkersResponse* response) {
  return Serve(context, response, [&](Answer<v1::ListWorkersResponse> answer) {
    const Result<Page<Dispatcher::WorkerView>> page = coordinator_->workers().List(PageOf(*request));
    if (!page) return answer(page.error());
    v1::ListWorkersResponse filled;
    for (const Dispatcher::WorkerView& view : page->items) *filled.add_workers() = ToProto(view, coordinator_->Now());
    filled.set_next_page_token(page->next_token);
    answer(std::move(filled));
  });
}

grpc::ServerUnaryReactor* WorkerService::AcquireLease(grpc::CallbackServerContext* context,
                                                      const v1::AcquireLeaseRequest* request,
                                                      v1::AcquireLeaseResponse* response) {
  return ServeWaiting(context, response, [&](Answer<v1::AcquireLeaseResponse> answer, UnaryReactor& reactor) {
    Result<AcquireCommand> command = FromProto(*request);
    if (!command) return answer(command.error());
    reactor.on_cancel = coordinator_->workers().Acquire(
        *std::move(command),
        Into<MaybeLease>(std::move(answer),
                         [ttl = coordinator_->lease_ttl()](const MaybeLease& lease, v1::AcquireLeaseResponse& filled) {
                           if (lease) *filled.mutable_lease() = ToProto(*lease, ttl);
                         }));
  });
}

grpc::ServerUnaryReactor* WorkerService::RenewLeases(grpc::CallbackServerContext* context,
                                                     const v1::RenewLeasesRequest* request,
                                                     v1::RenewLeasesResponse* response) {
  return Serve(context, response, [&](Answer<v1::RenewLeasesResponse> answer) {
    const Result<std::string> worker = ParseWorkerName(request->worker());
    if (!worker) return answer(worker.error());
    const Result<RenewalReport> report = coordinator_->workers().Renew(
        *worker, request->instance(), {request->tokens().begin(), request->tokens().end()});
    if (!report) return answer(report.error());
    v1::RenewLeasesResponse filled;
    for (const std::string& token : report->lost) filled.add_lost_tokens(token);
    for (const std::string& token : report->cancelled) filled.add_cancelled_tokens(token);
    answer(std::move(filled));
  });
}

grpc::ServerUnaryReactor* WorkerService::AwaitCancellations(grpc::CallbackServerContext* context,
                                                            const v1::AwaitCancellationsRequest* request,
                                                            v1::AwaitCancellationsResponse* response) {
  using Tokens = std::vector<std::string>;
  return ServeWaiting(context, response, [&](Answer<v1::AwaitCancellationsResponse> answer, UnaryReactor& reactor) {
    Result<std::string> worker = ParseWorkerName(request->worker());
    if (!worker) return answer(worker.error());
    const Result<Duration> wait = FromProto(request->wait(), request->has_wait(), kDefaultWait, kLongestWait, "wait");
    if (!wait) return answer(wait.error());
    reactor.on_cancel = coordinator_->workers().AwaitCancellations(
        *std::move(worker), request->instance(), *wait,
        Into<Tokens>(std::move(answer), [](const Tokens& tokens, v1::AwaitCancellationsResponse& filled) {
          for (const std::string& token : tokens) filled.add_cancelled_tokens(token);
        }));
  });
}

grpc::ServerUnaryReactor* WorkerService::ReportProgress(grpc::CallbackServerContext* context,
                                                        const v1::ReportProgressRequest* request,
                                                        v1::ReportProgressResponse* response) {
  return Serve(context, response, [&](Answer<v1::ReportProgressResponse> answer) {
    Result<ReportCommand> command = FromProto(*request);
    if (!command) return answer(command.error());
    coordinator_->workers().Report(
        *std::move(command),
        Into<bool>(std::move(answer), [](bool cancel_requested, v1::ReportProgressResponse& filled) {
          filled.set_cancel_requested(cancel_requested);
        }));
  });
}

grpc::ServerUnaryReactor* WorkerService::CompleteStage(grpc::CallbackServerContext* context,
                                                       const v1::CompleteStageRequest* request,
                                                       v1::CompleteStageResponse* response) {
  return Serve(context, response, [&](Answer<v1::CompleteStageResponse> answer) {
    Result<CompleteCommand> command = FromProto(*request);
    if (!command) return answer(command.error());
    coordinator_->workers().Complete(
        *std::move(command),
        Into<MaybeLease>(std::move(answer),
                         [ttl = coordinator_->lease_ttl()](const MaybeLease& next, v1::CompleteStageResponse& filled) {
                           if (next) *filled.mutable_next_lease() = ToProto(*next, ttl);
                         }));
  });
}

grpc::ServerUnaryReactor* WorkerService::DrainWorker(grpc::CallbackServerContext* context,
                                                     const v1::DrainWorkerRequest* request,
                                                     v1::DrainWorkerResponse* response) {
  return Serve(context, response, [&](Answer<v1::DrainWorkerResponse> answer) {
    const Result<std::string> worker = ParseWorkerName(request->name());
    if (!worker) return answer(worker.error());
    coordinator_->workers().Drain(
        *worker, request->drain(),
        Into<Dispatcher::WorkerView>(std::move(answer), [coordinator = coordinator_](const Dispatcher::WorkerView& view,
                                                                                     v1::DrainWorkerResponse& filled) {
          *filled.mutable_worker() = ToProto(view, coordinator->Now());
        }));
  });
}

grpc::ServerUnaryReactor* WorkerService::UnregisterWorker(grpc::CallbackServerContext* context,
                                                          const v1::UnregisterWorkerRequest* request,
                                                          v1::UnregisterWorkerResponse* response) {
  return Serve(context, response, [&](Answer<v1::UnregisterWorkerResponse> answer) {
    const Result<std::string> worker = ParseWorkerName(request->worker());
    if (!worker) return answer(worker.error());
    coordinator_->workers().Unregister(*worker, request->instance(),
                                       Into<bool>(std::move(answer), [](bool, v1::UnregisterWorkerResponse&) {}));
  });
}

}  // namespace winnow::server
