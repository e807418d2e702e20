#include "client/lib/status_conversion.h"

namespace winnow::client {

Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return OkStatus();
  const int code = static_cast<int>(status.error_code());
  const bool known = code > 0 && code <= static_cast<int>(StatusCode::kUnauthenticated);
  return Status(known ? static_cast<StatusCode>(code) : StatusCode::kUnknown, status.error_message());
}

Status FromGrpcStatus(const grpc::Status& status, const grpc::ClientContext& context) {
  Status converted = FromGrpcStatus(status);
  if (converted.ok()) return converted;
  const auto& trailing = context.GetServerTrailingMetadata();
  const auto reason = trailing.find(kReasonMetadata);
  if (reason == trailing.end()) return converted;
  return Status(converted.code(), converted.message(), std::string(reason->second.data(), reason->second.size()));
}

std::string ShortReason(const std::string& grpc_message) {
  // "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect to remote host:
  // Connection refused"
  static constexpr std::string_view kLast = "last error: ";
  std::string text = grpc_message;
  if (const size_t at = text.rfind(kLast); at != std::string::npos) {
    text = text.substr(at + kLast.size());
    if (const size_t code_end = text.find(": "); code_end != std::string::npos) text = text.substr(code_end + 2);
  }
  for (const std::string_view wrapping : {"Failed to connect to remote host: "}) {
    if (const size_t at = text.find(wrapping); at != std::string::npos) text = text.substr(at + wrapping.size());
  }
  return text.empty() ? "no reason given" : text;
}

}  // namespace winnow::client
