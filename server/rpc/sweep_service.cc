#include "server/rpc/sweep_service.h"

#include <chrono>
#include <utility>

#include "server/domain/resource_name.h"
#include "server/rpc/answers.h"
#include "server/rpc/from_proto.h"
#include "server/rpc/to_proto.h"
#include "server/rpc/watch_stream.h"

namespace winnow::server {
namespace {

constexpr Duration kDefaultInterval = std::chrono::milliseconds(100);
constexpr Duration kLongestInterval = std::chrono::hours(1);

Result<WatchRequest> ToWatch(const v1::WatchSweepRequest& request) {
  WatchRequest watch;
  WINNOW_ASSIGN_OR_RETURN(watch.sweep, ParseSweepName(request.name()));
  if (request.after_revision() < 0) return Err(InvalidArgument("after_revision: must not be negative"));
  watch.after_revision = request.after_revision();
  WINNOW_ASSIGN_OR_RETURN(watch.min_interval, FromProto(request.min_interval(), request.has_min_interval(),
                                                        kDefaultInterval, kLongestInterval, "min_interval"));
  return watch;
}

Result<RetryScope> ScopeFromProto(v1::RetryScope scope) {
  switch (scope) {
    case v1::RETRY_SCOPE_FAILED:
      return RetryScope::kFailed;
    case v1::RETRY_SCOPE_MISSING:
      return RetryScope::kMissing;
    default:
      return Err(InvalidArgument("scope: must be RETRY_SCOPE_FAILED or RETRY_SCOPE_MISSING"));
  }
}

// What calls that change one sweep and answer with it have in common: change(request id, sweep's id, done).
template <typename Request, typename Response, typename ChangeIt>
grpc::ServerUnaryReactor* Change(grpc::CallbackServerContext* context, const Request& request, Response* response,
                                 const ChangeIt& change) {
  return Serve(context, response, [&](Answer<Response> answer) {
    if (Status status = CheckRequestId(request.request_id()); !status.ok()) return answer(std::move(status));
    Result<std::string> id = ParseSweepName(request.name());
    if (!id) return answer(id.error());
    change(request.request_id(), *std::move(id),
           Into<SweepView>(std::move(answer),
                           [](const SweepView& view, Response& filled) { *filled.mutable_sweep() = ToProto(view); }));
  });
}

}  // namespace

grpc::ServerUnaryReactor* SweepService::CreateSweep(grpc::CallbackServerContext* context,
                                                    const v1::CreateSweepRequest* request,
                                                    v1::CreateSweepResponse* response) {
  return Serve(context, response, [&](Answer<v1::CreateSweepResponse> answer) {
    if (Status status = CheckRequestId(request->request_id()); !status.ok()) return answer(std::move(status));
    if (Status status = CheckUser(request->user()); !status.ok()) return answer(std::move(status));
    coordinator_->sweeps().Create(
        {request->request_id(), request->spec_json(), request->validate_only(), request->user()},
        Into<CreatedSweep>(std::move(answer), [](const CreatedSweep& created, v1::CreateSweepResponse& filled) {
          *filled.mutable_sweep() = ToProto(created.view);
          if (created.comparison) *filled.mutable_comparison() = ToProto(*created.comparison);
        }));
  });
}

grpc::ServerUnaryReactor* SweepService::GetSweep(grpc::CallbackServerContext* context,
                                                 const v1::GetSweepRequest* request, v1::GetSweepResponse* response) {
  return Serve(context, response, [&](Answer<v1::GetSweepResponse> answer) {
    Result<std::string> id = ParseSweepName(request->name());
    if (!id) return answer(id.error());
    coordinator_->Read<SweepView>(
        [id = *std::move(id)](const StoreReader& reader) { return GetSweepView(reader, id); },
        Into<SweepView>(std::move(answer), [](const SweepView& view, v1::GetSweepResponse& filled) {
          *filled.mutable_sweep() = ToProto(view);
        }));
  });
}

grpc::ServerUnaryReactor* SweepService::ListSweeps(grpc::CallbackServerContext* context,
                                                   const v1::ListSweepsRequest* request,
                                                   v1::ListSweepsResponse* response) {
  return Serve(context, response, [&](Answer<v1::ListSweepsResponse> answer) {
    coordinator_->Read<Page<Sweep>>(
        [page = PageOf(*request)](const StoreReader& reader) { return reader.ListSweeps(page); },
        Into<Page<Sweep>>(std::move(answer), [](const Page<Sweep>& page, v1::ListSweepsResponse& filled) {
          for (const Sweep& sweep : page.items) *filled.add_sweeps() = ToProto(sweep);
          filled.set_next_page_token(page.next_token);
        }));
  });
}

grpc::ServerUnaryReactor* SweepService::CancelSweep(grpc::CallbackServerContext* context,
                                                    const v1::CancelSweepRequest* request,
                                                    v1::CancelSweepResponse* response) {
  return Change(context, *request, response, [this](std::string id, std::string name, Done<SweepView> done) {
    coordinator_->sweeps().Cancel(std::move(id), std::move(name), std::move(done));
  });
}

grpc::ServerUnaryReactor* SweepService::PauseSweep(grpc::CallbackServerContext* context,
                                                   const v1::PauseSweepRequest* request,
                                                   v1::PauseSweepResponse* response) {
  return Change(context, *request, response, [this](std::string id, std::string name, Done<SweepView> done) {
    coordinator_->sweeps().Pause(std::move(id), std::move(name), /*pause=*/true, std::move(done));
  });
}

grpc::ServerUnaryReactor* SweepService::ResumeSweep(grpc::CallbackServerContext* context,
                                                    const v1::ResumeSweepRequest* request,
                                                    v1::ResumeSweepResponse* response) {
  return Change(context, *request, response, [this](std::string id, std::string name, Done<SweepView> done) {
    coordinator_->sweeps().Pause(std::move(id), std::move(name), /*pause=*/false, std::move(done));
  });
}

grpc::ServerUnaryReactor* SweepService::StopSweep(grpc::CallbackServerContext* context,
                                                  const v1::StopSweepRequest* request,
                                                  v1::StopSweepResponse* response) {
  return Change(context, *request, response, [this](std::string id, std::string name, Done<SweepView> done) {
    coordinator_->sweeps().Stop(std::move(id), std::move(name), std::move(done));
  });
}

grpc::ServerUnaryReactor* SweepService::RetrySweep(grpc::CallbackServerContext* context,
                                                   const v1::RetrySweepRequest* request,
                                                   v1::RetrySweepResponse* response) {
  return Serve(context, response, [&](Answer<v1::RetrySweepResponse> answer) {
    if (Status status = CheckRequestId(request->request_id()); !status.ok()) return answer(std::move(status));
    Result<std::string> id = ParseSweepName(request->name());
    if (!id) return answer(id.error());
    const Result<RetryScope> scope = ScopeFromProto(request->scope());
    if (!scope) return answer(scope.error());
    coordinator_->sweeps().Retry(
        request->request_id(), *std::move(id), *scope,
        Into<RetryAnswer>(std::move(answer), [](const RetryAnswer& retried, v1::RetrySweepResponse& filled) {
          *filled.mutable_sweep() = ToProto(retried.view);
          filled.set_retried_stages(retried.stages);
        }));
  });
}

grpc::ServerWriteReactor<v1::WatchSweepResponse>* SweepService::WatchSweep(grpc::CallbackServerContext* context,
                                                                           const v1::WatchSweepRequest* request) {
  return StartWatch(context, &coordinator_->watches(), ToWatch(*request));
}

}  // namespace winnow::server
