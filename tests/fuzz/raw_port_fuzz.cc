// Fuzz target: bytes on the ports of a coordinator that serves for as long as the fuzzer runs. It must close the
// connection of a client that has closed its own, and go on answering others.
//
// The first byte of an input says what the rest is:
//   0  bytes for the gRPC port
//   1  bytes for the HTTP port
//   2  HTTP/2 frames for the gRPC port, after the preface and settings that a client begins with
//   3  a call: the next byte chooses the method, the rest is the request message
//   4  likewise, but the rest is what follows the request's headers: messages with their lengths
#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "server/rpc/embedded_server.h"
#include "tests/support/temp_folder.h"
#include "winnow/v1/server.grpc.pb.h"
#include "winnow/v1/sweep.pb.h"

namespace winnow::server {
namespace {

constexpr int kPatienceMs = 30000;       // only a failing run waits so long
constexpr int kInputsBetweenLooks = 64;  // at whether it answers others

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "raw_port_fuzz: %s\n", what);
  std::abort();
}

int PortOf(const std::string& address) { return std::stoi(address.substr(address.rfind(':') + 1)); }

// Frames of HTTP/2, as far as a client needs them to make a call (RFC 9113, 4.1 and 6).
enum class FrameType : uint8_t { kData = 0, kHeaders = 1, kSettings = 4 };
constexpr uint8_t kEndStream = 1;
constexpr uint8_t kEndHeaders = 4;
constexpr uint32_t kFirstStream = 1;

void AppendBigEndian(uint32_t value, int bytes, std::string& out) {
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
}

std::string Frame(FrameType type, uint8_t flags, uint32_t stream, std::string_view payload) {
  std::string frame;
  AppendBigEndian(static_cast<uint32_t>(payload.size()), 3, frame);
  frame.push_back(static_cast<char>(type));
  frame.push_back(static_cast<char>(flags));
  AppendBigEndian(stream, 4, frame);
  return frame.append(payload);
}

std::string Preface() { return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(FrameType::kSettings, 0, 0, ""); }

// A header that is not indexed, its strings as they are (RFC 7541, 6.2.2); both shorter than 127 bytes.
std::string Header(std::string_view name, std::string_view value) {
  std::string header(1, '\0');
  for (const std::string_view text : {name, value}) {
    header.push_back(static_cast<char>(text.size()));
    header += text;
  }
  return header;
}

std::string RequestHeaders(const std::string& path) {
  return Frame(FrameType::kHeaders, kEndHeaders, kFirstStream,
               Header(":method", "POST") + Header(":scheme", "http") + Header(":path", path) +
                   Header(":authority", "fuzz") + Header("te", "trailers") +
                   Header("content-type", "application/grpc") + Header("winnow-api", "1"));
}

std::string Data(std::string_view content) {
  constexpr size_t kMostInAFrame = 16384;
  std::string frames;
  while (content.size() > kMostInAFrame) {
    frames += Frame(FrameType::kData, 0, kFirstStream, content.substr(0, kMostInAFrame));
    content.remove_prefix(kMostInAFrame);
  }
  return frames + Frame(FrameType::kData, kEndStream, kFirstStream, content);
}

// "/winnow.v1.SweepService/CreateSweep" and all others.
std::vector<std::string> MethodPaths() {
  std::vector<std::string> paths;
  const auto* const pool = v1::CreateSweepRequest::descriptor()->file()->pool();
  for (const char* name : {"SweepService", "TrialService", "ResultsService", "StageService", "WorkerService",
                           "ArtifactService", "ServerService"}) {
    const auto* const service = pool->FindServiceByName(std::string("winnow.v1.") + name);
    Require(service != nullptr, "a service is missing");
    for (int i = 0; i < service->method_count(); ++i) {
      paths.push_back("/" + service->full_name() + "/" + service->method(i)->name());
    }
  }
  return paths;
}

class ServedPorts {
 public:
  ServedPorts() {
    ServerOptions options;
    options.data_folder = folder_.path();
    options.listen.tcp_address = "127.0.0.1:0";
    options.http_address = "127.0.0.1:0";
    Result<std::unique_ptr<EmbeddedServer>> server = EmbeddedServer::Start(options, SystemClock());
    Require(server.has_value(), "the coordinator does not start");
    server_ = *std::move(server);
    grpc_port_ = PortOf(server_->tcp_address());
    http_port_ = PortOf(server_->http_address());
    stub_ = v1::ServerService::NewStub(grpc::CreateChannel(server_->tcp_address(), grpc::InsecureChannelCredentials()));
    RequireAnAnswer();
  }

  void Take(std::string_view input) {
    if (input.empty()) return;
    const int port = input.front() % 5 == 1 ? http_port_ : grpc_port_;
    SendAndClose(port, BytesOf(input));
    if (++inputs_ % kInputsBetweenLooks == 1) RequireAnAnswer();
  }

 private:
  std::string BytesOf(std::string_view input) const {
    const auto what = static_cast<uint8_t>(input.front()) % 5;
    input.remove_prefix(1);
    if (what < 2) return std::string(input);
    if (what == 2) return Preface().append(input);
    if (input.empty()) return Preface();
    const std::string& path = paths_[static_cast<uint8_t>(input.front()) % paths_.size()];
    input.remove_prefix(1);
    std::string message;
    if (what == 3) {
      message.push_back(0);  // not compressed
      AppendBigEndian(static_cast<uint32_t>(input.size()), 4, message);
    }
    return Preface() + RequestHeaders(path) + Data(message.append(input));
  }

  static void SendAndClose(int port, std::string_view bytes) {
    const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    Require(fd.valid() && ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0,
            "the port takes no connection");
    while (!bytes.empty()) {  // it may have closed its side before it has had all
      const ssize_t sent = ::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    ::shutdown(fd.get(), SHUT_WR);
    char answer[4096];
    while (true) {
      pollfd readable{fd.get(), POLLIN, 0};
      Require(::poll(&readable, 1, kPatienceMs) > 0, "the connection of a client that has gone stays open");
      if (::recv(fd.get(), answer, sizeof(answer), 0) <= 0) return;
    }
  }

  void RequireAnAnswer() {
    grpc::ClientContext context;
    context.AddMetadata("winnow-api", "1");
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(kPatienceMs));
    context.set_wait_for_ready(true);
    v1::GetServerResponse response;
    Require(stub_->GetServer(&context, {}, &response).ok(), "the coordinator does not answer any more");
  }

  const std::vector<std::string> paths_ = MethodPaths();
  const testing::TempFolder folder_;
  std::unique_ptr<EmbeddedServer> server_;
  std::unique_ptr<v1::ServerService::Stub> stub_;
  int grpc_port_ = 0;
  int http_port_ = 0;
  int64_t inputs_ = 0;
};

}  // namespace
}  // namespace winnow::server

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static winnow::server::ServedPorts ports;
  ports.Take({reinterpret_cast<const char*>(data), size});
  return 0;
}
