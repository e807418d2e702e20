#include "server/rpc/listen_options.h"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/durable_file.h"
#include "base/unique_fd.h"

namespace winnow::server {
namespace {

struct HostPort {
  std::string host;
  std::string port;
};

std::optional<HostPort> Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) return std::nullopt;
  HostPort parts{address.substr(0, colon), address.substr(colon + 1)};
  int port = -1;
  const char* const end = parts.port.data() + parts.port.size();
  const auto [last, error] = std::from_chars(parts.port.data(), end, port);
  if (error != std::errc() || last != end || port < 0 || port > 65535) return std::nullopt;
  if (parts.host.front() == '[') {
    if (parts.host.back() != ']' || parts.host.size() < 4) return std::nullopt;
    parts.host = parts.host.substr(1, parts.host.size() - 2);
  } else if (parts.host.find(':') != std::string::npos) {
    return std::nullopt;  // an IPv6 address needs its brackets
  }
  return parts;
}

using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

}  // namespace

Status CheckListenOptions(const ListenOptions& options) {
  if (!options.tcp_address.empty() && !Split(options.tcp_address)) {
    return InvalidArgument("listen address \"" + options.tcp_address +
                           "\" is not HOST:PORT or [IPV6]:PORT with a port of 0 to 65535");
  }
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return InvalidArgument("TLS needs a certificate and its key: give both --tls-cert and --tls-key");
  }
  if (!options.tls_client_ca.empty() && !options.uses_tls()) {
    return InvalidArgument("--tls-client-ca needs --tls-cert and --tls-key");
  }
  if (options.unix_socket.native().size() >= sizeof(sockaddr_un::sun_path)) {
    return InvalidArgument("the path of the local socket, " + options.unix_socket.string() + ", is longer than " +
                           std::to_string(sizeof(sockaddr_un::sun_path) - 1) +
                           " bytes; choose a data folder with a shorter path");
  }
  return OkStatus();
}

bool IsOpenToOthers(const std::string& tcp_address) {
  const std::optional<HostPort> parts = Split(tcp_address);
  if (!parts) return false;
  return parts->host != "localhost" && parts->host != "::1" && parts->host.rfind("127.", 0) != 0;
}

Result<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(const ListenOptions& options) {
  if (!options.uses_tls()) return grpc::InsecureServerCredentials();
  const bool asks_client = !options.tls_client_ca.empty();
  grpc::SslServerCredentialsOptions ssl(asks_client ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                    : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  WINNOW_ASSIGN_OR_RETURN(std::string certificate, ReadFile(options.tls_certificate));
  WINNOW_ASSIGN_OR_RETURN(std::string key, ReadFile(options.tls_key));
  if (asks_client) {
    WINNOW_ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadFile(options.tls_client_ca));
  }
  ssl.pem_key_cert_pairs.push_back({std::move(key), std::move(certificate)});
  return grpc::SslServerCredentials(ssl);
}

std::string WhyNotBound(const std::string& tcp_address) {
  const std::optional<HostPort> parts = Split(tcp_address);
  if (!parts) return "malformed address";
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  if (const int error = ::getaddrinfo(parts->host.c_str(), parts->port.c_str(), &hints, &found); error != 0) {
    return ::gai_strerror(error);
  }
  const AddressList addresses(found, ::freeaddrinfo);
  std::string why = "unknown reason";
  for (const addrinfo* a = addresses.get(); a != nullptr; a = a->ai_next) {
    const UniqueFd fd(::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    if (fd.valid()) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (fd.valid() && ::bind(fd.get(), a->ai_addr, a->ai_addrlen) == 0 && ::listen(fd.get(), 1) == 0) continue;
    why = std::strerror(errno);
  }
  return why;
}

}  // namespace winnow::server
