#include "client/lib/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "base/durable_file.h"

namespace winnow::client {
namespace {

constexpr int kFirstBackoffMs = 100;
constexpr int kLastBackoffMs = 2000;
constexpr int kPingMs = 10000;
constexpr int kPingAnswerMs = 5000;
constexpr int kMaxMessageBytes = 64 << 20;  // pages of results with their layers

grpc::ChannelArguments Arguments(const ServerAddress& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kFirstBackoffMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kLastBackoffMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kPingMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kPingAnswerMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);             // ours keep the request_id and know what is safe to repeat
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a fresh channel does not wait out an older one's backoff
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  if (IsLocal(address)) arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return arguments;
}

Result<std::string> ReadPem(const std::string& path, const char* what) {
  if (path.empty()) return std::string();
  Result<std::string> content = ReadFile(path, size_t{1} << 20);
  if (!content) return Err(content.error().WithContext(what));
  return content;
}

}  // namespace

Result<std::shared_ptr<grpc::Channel>> MakeChannel(const ServerAddress& address) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (address.tls.enabled) {
    if (address.tls.certificate.empty() != address.tls.key.empty()) {
      return Err(InvalidArgument("a TLS certificate needs its key, and a key its certificate: give both or neither"));
    }
    grpc::SslCredentialsOptions options;
    WINNOW_ASSIGN_OR_RETURN(options.pem_root_certs, ReadPem(address.tls.ca, "TLS authority"));
    WINNOW_ASSIGN_OR_RETURN(options.pem_cert_chain, ReadPem(address.tls.certificate, "TLS certificate"));
    WINNOW_ASSIGN_OR_RETURN(options.pem_private_key, ReadPem(address.tls.key, "TLS key"));
    credentials = grpc::SslCredentials(options);
  }
  return grpc::CreateCustomChannel(address.target, credentials, Arguments(address));
}

}  // namespace winnow::client
