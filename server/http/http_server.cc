#include "server/http/http_server.h"

#include <httplib.h>

#include <charconv>
#include <optional>
#include <thread>
#include <utility>

#include "server/http/metrics_text.h"

namespace winnow::server {
namespace {

constexpr int kThreads = 2;

struct HostPort {
  std::string host;
  int port = 0;
};

std::optional<HostPort> Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  HostPort parts{address.substr(0, colon), -1};
  const char* const begin = address.data() + colon + 1;
  const char* const end = address.data() + address.size();
  const auto [last, error] = std::from_chars(begin, end, parts.port);
  if (error != std::errc() || last != end || parts.port < 0 || parts.port > 65535) return std::nullopt;
  return parts;
}

void AddHandlers(httplib::Server& server, Coordinator* coordinator) {
  server.Get("/healthz", [coordinator](const httplib::Request&, httplib::Response& response) {
    const StoreHealth health = coordinator->store_health();
    response.status = health.writable ? 200 : 503;
    response.set_content(health.writable ? "ok\n" : health.last_error.ToString() + "\n", "text/plain");
  });
  server.Get("/metrics", [coordinator](const httplib::Request&, httplib::Response& response) {
    response.set_content(MetricsText(coordinator->figures(), coordinator->store_health().writable),
                         "text/plain; version=0.0.4");
  });
}

}  // namespace

struct HttpServer::Running {
  httplib::Server server;
  std::string address;
  std::thread thread;
};

Result<std::unique_ptr<HttpServer>> HttpServer::Start(const std::string& address, Coordinator* coordinator) {
  const std::optional<HostPort> parts = Split(address);
  if (!parts) return Err(InvalidArgument("HTTP address \"" + address + "\" is not HOST:PORT"));
  auto running = std::make_unique<Running>();
  httplib::Server& server = running->server;
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  // Its default shares the port with whoever else asks for it.
  server.set_socket_options([](socket_t socket) {
    const int on = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  });
  AddHandlers(server, coordinator);
  int port = parts->port;
  const bool is_bound = port == 0 ? (port = server.bind_to_any_port(parts->host.c_str())) > 0
                                  : server.bind_to_port(parts->host.c_str(), port);
  if (!is_bound) {
    return Err(Unavailable("cannot listen on " + address +
                           " for HTTP: it is taken or not this machine's; --http takes "
                           "another HOST:PORT"));
  }
  running->address = parts->host + ":" + std::to_string(port);
  running->thread = std::thread([&server] { server.listen_after_bind(); });
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(running)));
}

HttpServer::HttpServer(std::unique_ptr<Running> running) : running_(std::move(running)) {}

HttpServer::~HttpServer() {
  // Only a server that has begun to listen can be told to stop.
  while (!running_->server.is_running()) std::this_thread::yield();
  running_->server.stop();
  running_->thread.join();
}

const std::string& HttpServer::address() const { return running_->address; }

}  // namespace winnow::server
