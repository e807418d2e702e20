// A whole coordinator in this process: store, artifacts, scheduling, API, and what it listens on.
//
// winnowd is little more than this class; tests start it too.
#ifndef SERVER_RPC_EMBEDDED_SERVER_H_
#define SERVER_RPC_EMBEDDED_SERVER_H_

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "server/rpc/listen_options.h"

namespace winnow::server {

struct ServerOptions {
  std::filesystem::path data_folder;  // made where it is not there; one coordinator a folder
  ListenOptions listen;
  // Name of the local socket in the data folder, unless listen.unix_socket is set.
  static constexpr char kSocketName[] = "winnowd.sock";
  Duration lease_ttl = std::chrono::seconds(15);
  // "HOST:PORT" of /healthz and /metrics; "" for none.
  std::string http_address;
  // Leases a user's stages may hold at once; 0: any number.
  int user_quota = 0;
  // As SqliteStoreOptions; 0 for its default.
  int checkpoint_pages = 0;
};

// Threads    Start and Stop from one thread; everything else runs on threads of its own.
// Ownership  borrows the clock, which must outlive it. The destructor stops it without waiting for calls.
class EmbeddedServer {
 public:
  // Serves when it returns. Nothing is left listening where it fails.
  //   kInvalidArgument     options that cannot be meant (CheckListenOptions)
  //   kFailedPrecondition  another coordinator has the data folder (named, with its pid), or the store is of a newer
  //   release kUnavailable         the port is taken or the address is not this machine's kPermissionDenied,
  //   kResourceExhausted  the data folder cannot be written; the disk is full
  static Result<std::unique_ptr<EmbeddedServer>> Start(ServerOptions options, Clock* clock);

  ~EmbeddedServer();
  EmbeddedServer(const EmbeddedServer&) = delete;
  EmbeddedServer& operator=(const EmbeddedServer&) = delete;

  // As a client would write them: "127.0.0.1:7070" (with the port taken for port 0), "unix:/path"; "" where it does not
  // listen so.
  const std::string& tcp_address() const;
  const std::string& unix_address() const;
  const std::string& http_address() const;

  // Answers waiting calls, ends streams, lets running calls finish until `grace` is over, then closes the store.
  // Workers go on with what they run and come back to the next coordinator on the folder. Idempotent.
  void Stop(Duration grace);

 private:
  struct Parts;
  explicit EmbeddedServer(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace winnow::server

#endif  // SERVER_RPC_EMBEDDED_SERVER_H_
