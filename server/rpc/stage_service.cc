#include "server/rpc/stage_service.h"

#include <utility>

#include "server/domain/resource_name.h"
#include "server/rpc/answers.h"
#include "server/rpc/log_stream.h"
#include "server/rpc/to_proto.h"

namespace winnow::server {
namespace {

Result<LogRequest> ToLog(const v1::ReadStageLogRequest& request) {
  LogRequest log;
  WINNOW_ASSIGN_OR_RETURN(log.stage, ParseStageName(request.name()));
  if (request.attempt() < 0) return Err(InvalidArgument("attempt: must not be negative; 0 means the latest"));
  log.attempt = request.attempt();
  log.offset = request.offset();
  log.follow = request.follow();
  return log;
}

}  // namespace

grpc::ServerUnaryReactor* StageService::GetStage(grpc::CallbackServerContext* context,
                                                 const v1::GetStageRequest* request, v1::GetStageResponse* response) {
  return Serve(context, response, [&](Answer<v1::GetStageResponse> answer) {
    Result<std::string> key = ParseStageName(request->name());
    if (!key) return answer(key.error());
    coordinator_->Read<Stage>(
        [key = *std::move(key)](const StoreReader& reader) { return reader.GetStage(key); },
        Into<Stage>(std::move(answer), [coordinator = coordinator_](Stage stage, v1::GetStageResponse& filled) {
          *filled.mutable_stage() = ToProto(coordinator->View(std::move(stage)));
        }));
  });
}

grpc::ServerUnaryReactor* StageService::ListStages(grpc::CallbackServerContext* context,
                                                   const v1::ListStagesRequest* request,
                                                   v1::ListStagesResponse* response) {
  return Serve(context, response, [&](Answer<v1::ListStagesResponse> answer) {
    Result<std::string> sweep = ParseSweepName(request->parent());
    if (!sweep) return answer(sweep.error());
    coordinator_->Read<Page<Stage>>(
        [sweep = *std::move(sweep), page = PageOf(*request)](const StoreReader& reader) {
          return reader.ListStages(sweep, page);
        },
        Into<Page<Stage>>(std::move(answer),
                          [coordinator = coordinator_](Page<Stage> page, v1::ListStagesResponse& filled) {
                            for (Stage& stage : page.items) {
                              *filled.add_stages() = ToProto(coordinator->View(std::move(stage)));
                            }
                            filled.set_next_page_token(page.next_token);
                          }));
  });
}

grpc::ServerUnaryReactor* StageService::ListMeasurements(grpc::CallbackServerContext* context,
                                                         const v1::ListMeasurementsRequest* request,
                                                         v1::ListMeasurementsResponse* response) {
  return Serve(context, response, [&](Answer<v1::ListMeasurementsResponse> answer) {
    Result<std::string> key = ParseStageName(request->parent());
    if (!key) return answer(key.error());
    coordinator_->Read<Page<Measurement>>(
        [key = *std::move(key), page = PageOf(*request)](const StoreReader& reader) {
          return reader.ListMeasurements(key, page);
        },
        Into<Page<Measurement>>(std::move(answer),
                                [](const Page<Measurement>& page, v1::ListMeasurementsResponse& filled) {
                                  for (const Measurement& measurement : page.items)
                                    *filled.add_measurements() = ToProto(measurement);
                                  filled.set_next_page_token(page.next_token);
                                }));
  });
}

grpc::ServerWriteReactor<v1::ReadStageLogResponse>* StageService::ReadStageLog(grpc::CallbackServerContext* context,
                                                                               const v1::ReadStageLogRequest* request) {
  return StartLog(context, coordinator_, ToLog(*request));
}

}  // namespace winnow::server
