// Where a coordinator listens, and how it protects what it says there.
#ifndef SERVER_RPC_LISTEN_OPTIONS_H_
#define SERVER_RPC_LISTEN_OPTIONS_H_

#include <grpcpp/security/server_credentials.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"

namespace winnow::server {

struct ListenOptions {
  // "HOST:PORT", "[IPV6]:PORT"; port 0 takes a free one. "" listens on no TCP port.
  std::string tcp_address = "127.0.0.1:7070";
  // Of the local socket, readable and writable by its owner only. Empty: none.
  std::filesystem::path unix_socket;
  // PEM files for TLS on the TCP port, both or neither; with a client CA clients must show a certificate of it.
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  std::filesystem::path tls_client_ca;

  bool uses_tls() const { return !tls_certificate.empty(); }
};

// kInvalidArgument for a malformed address, a TLS file without its partner, or a socket path longer than the system
// takes (107 bytes).
Status CheckListenOptions(const ListenOptions& options);

// True unless the host is a loopback address or "localhost".
bool IsOpenToOthers(const std::string& tcp_address);

// Of the TCP port. Errors of reading the files name the file.
Result<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ListenOptions& options);

// Why nothing can be bound to the address, asked of the system (gRPC does not say): "Address already in use".
std::string WhyNotBound(const std::string& tcp_address);

}  // namespace winnow::server

#endif  // SERVER_RPC_LISTEN_OPTIONS_H_
