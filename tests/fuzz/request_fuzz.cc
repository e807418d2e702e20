// Fuzz target: the first byte chooses a request message of the worker or sweep service, the rest are its bytes. What
// parses is checked and converted as the services do; a spec is parsed and planned.
#include <cstddef>
#include <cstdint>
#include <string>

#include "server/coordinator/sweep_changes.h"
#include "server/domain/resource_name.h"
#include "server/rpc/from_proto.h"
#include "winnow/v1/sweep.pb.h"
#include "winnow/v1/worker.pb.h"

namespace winnow::server {
namespace {

template <typename Request>
bool Parse(const std::string& bytes, Request& request) {
  return request.ParseFromString(bytes);
}

template <typename Request>
void Convert(const std::string& bytes) {
  Request request;
  if (Parse(bytes, request)) (void)FromProto(request);
}

void Create(const std::string& bytes) {
  v1::CreateSweepRequest request;
  if (!Parse(bytes, request)) return;
  (void)CheckRequestId(request.request_id());
  (void)CheckUser(request.user());
  (void)PrepareSubmission(request.request_id(), request.user(), request.spec_json(), {});
}

template <typename Request>
void ByName(const std::string& bytes) {
  Request request;
  if (!Parse(bytes, request)) return;
  (void)CheckRequestId(request.request_id());
  (void)ParseSweepName(request.name());
}

void Renew(const std::string& bytes) {
  v1::RenewLeasesRequest request;
  if (Parse(bytes, request)) (void)ParseWorkerName(request.worker());
}

void Register(const std::string& bytes) {
  v1::RegisterWorkerRequest request;
  if (Parse(bytes, request)) (void)FromProto(request.worker());
}

}  // namespace
}  // namespace winnow::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace winnow;  // NOLINT: all there is
  using namespace winnow::server;  // NOLINT
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 8) {
    case 0:
      Create(bytes);
      break;
    case 1:
      ByName<v1::CancelSweepRequest>(bytes);
      break;
    case 2:
      ByName<v1::RetrySweepRequest>(bytes);
      break;
    case 3:
      Register(bytes);
      break;
    case 4:
      Convert<v1::AcquireLeaseRequest>(bytes);
      break;
    case 5:
      Convert<v1::ReportProgressRequest>(bytes);
      break;
    case 6:
      Convert<v1::CompleteStageRequest>(bytes);
      break;
    default:
      Renew(bytes);
      break;
  }
  return 0;
}
