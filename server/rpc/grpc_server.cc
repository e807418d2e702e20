#include "server/rpc/grpc_server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>
#include <sys/stat.h>

#include <mutex>

#include "server/rpc/call_log.h"

namespace winnow::server {
namespace {

// A little less than the 10 s that clients are allowed, for pings that come early.
constexpr int kMinPingIntervalMs = 8000;
constexpr int kKeepaliveMs = 30000;         // our pings to clients: a machine that is gone is noticed
constexpr int kKeepaliveTimeoutMs = 20000;  // by the end of this
// A stage's result and last lines come in one message; logs and artifacts come in pieces.
constexpr int kMaxMessageBytes = 16 << 20;

void InitOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    RouteGrpcLog();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

void SetArguments(grpc::ServerBuilder& builder) {
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else a second server binds in silence
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.SetMaxReceiveMessageSize(kMaxMessageBytes);
}

// "127.0.0.1:0" with the port that was taken.
std::string WithPort(const std::string& address, int port) {
  return address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

}  // namespace

GrpcServer::GrpcServer(Coordinator* coordinator)
    : sweeps_(coordinator),
      trials_(coordinator),
      results_(coordinator),
      stages_(coordinator),
      workers_(coordinator),
      artifacts_(coordinator),
      server_service_(coordinator) {}

GrpcServer::~GrpcServer() { Stop(Duration::zero()); }

Status GrpcServer::Start(const ListenOptions& options) {
  WINNOW_RETURN_IF_ERROR(CheckListenOptions(options));
  WINNOW_ASSIGN_OR_RETURN_STATUS(const std::shared_ptr<grpc::ServerCredentials> credentials,
                                 MakeServerCredentials(options));
  InitOnce();
  grpc::ServerBuilder builder;
  SetArguments(builder);
  int port = 0;
  int unix_port = 0;
  if (!options.tcp_address.empty()) builder.AddListeningPort(options.tcp_address, credentials, &port);
  if (!options.unix_socket.empty()) {
    unix_address_ = "unix:" + options.unix_socket.string();
    builder.AddListeningPort(unix_address_, grpc::InsecureServerCredentials(), &unix_port);
  }
  for (grpc::Service* service : std::initializer_list<grpc::Service*>{&sweeps_, &trials_, &results_, &stages_,
                                                                      &workers_, &artifacts_, &server_service_}) {
    builder.RegisterService(service);
  }
  // The socket is the owner's alone from its first moment.
  const mode_t mask = ::umask(0177);
  server_ = builder.BuildAndStart();
  ::umask(mask);
  if (server_ != nullptr) {
    if (!options.tcp_address.empty()) tcp_address_ = WithPort(options.tcp_address, port);
    return OkStatus();
  }
  unix_address_.clear();
  if (!options.tcp_address.empty() && port == 0) {
    return Unavailable("cannot listen on " + options.tcp_address + ": " + WhyNotBound(options.tcp_address) +
                       "; another winnowd may be running there, --listen takes another HOST:PORT");
  }
  return Unavailable("cannot listen on " + (options.unix_socket.empty() ? "anything" : options.unix_socket.string()) +
                     "; give --data another folder");
}

void GrpcServer::Stop(Duration grace) {
  if (server_ == nullptr) return;
  const auto deadline =
      std::chrono::system_clock::now() + std::chrono::duration_cast<std::chrono::system_clock::duration>(grace);
  server_->Shutdown(deadline);
  server_.reset();
}

}  // namespace winnow::server
