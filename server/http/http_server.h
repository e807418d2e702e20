// /healthz and /metrics over HTTP, for monitoring. Polling only; a few threads of its own.
#ifndef SERVER_HTTP_HTTP_SERVER_H_
#define SERVER_HTTP_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "base/result.h"
#include "server/coordinator/coordinator.h"

namespace winnow::server {

// GET /healthz   200 "ok" while the store can be written to, else 503 and why
// GET /metrics   figures in Prometheus' text format
//
// Threads    Start and the destructor from one thread. Ownership: borrows the coordinator.
class HttpServer {
 public:
  // "HOST:PORT"; port 0 takes a free one. kInvalidArgument: no such form; kUnavailable: it cannot be bound.
  static Result<std::unique_ptr<HttpServer>> Start(const std::string& address, Coordinator* coordinator);

  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // With the port that was taken.
  const std::string& address() const;

 private:
  struct Running;
  explicit HttpServer(std::unique_ptr<Running> running);

  std::unique_ptr<Running> running_;
};

}  // namespace winnow::server

#endif  // SERVER_HTTP_HTTP_SERVER_H_
