// Where a coordinator is, and how to talk to it there.
#ifndef CLIENT_LIB_ADDRESS_H_
#define CLIENT_LIB_ADDRESS_H_

#include <string>
#include <string_view>

#include "base/result.h"

namespace winnow::client {

// Files in PEM format, by path.
struct TlsFiles {
  bool enabled = false;
  std::string ca;                // trusted instead of the system's authorities; "" for those
  std::string certificate, key;  // of this side; both or neither
};

struct ServerAddress {
  std::string target;  // "unix:/path" or "host:port"
  TlsFiles tls;
};

// Takes "unix:/path/to/socket", "host:port", "[v6]:port" or "host" (port 7070).
// kInvalidArgument says what an address looks like.
Result<ServerAddress> ParseAddress(std::string_view text);

// Whether the target never leaves this machine: a socket, localhost, 127.x.x.x or [::1].
bool IsLocal(const ServerAddress& address);

}  // namespace winnow::client

#endif  // CLIENT_LIB_ADDRESS_H_
