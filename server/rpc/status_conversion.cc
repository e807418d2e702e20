#include "server/rpc/status_conversion.h"

#include <string>

namespace winnow::server {
namespace {

// gRPC clients refuse more than 8 KiB of trailing metadata, percent-encoding included.
constexpr size_t kErrorBytes = 4096;

std::string Shortened(const std::string& message) {
  if (message.size() <= kErrorBytes) return message;
  size_t end = message.rfind('\n', kErrorBytes);  // between two faults rather than within one
  if (end == std::string::npos || end < kErrorBytes / 2) {
    end = kErrorBytes;
    while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;  // not within a character
  }
  return message.substr(0, end) + "\n(" + std::to_string(message.size() - end) + " more bytes)";
}

}  // namespace

grpc::Status ToGrpcStatus(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), Shortened(status.message()));
}

grpc::Status ToGrpcStatus(const Status& status, grpc::ServerContextBase* context) {
  if (!status.reason().empty()) context->AddTrailingMetadata(kReasonMetadata, status.reason());
  return ToGrpcStatus(status);
}

}  // namespace winnow::server
