#include "client/lib/address.h"

#include <algorithm>
#include <cctype>

namespace winnow::client {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kDefaultPort = "7070";
constexpr size_t kMaxSocketPath = 107;  // sockaddr_un

Status BadAddress(std::string_view text, const std::string& why) {
  return InvalidArgument("server address \"" + std::string(text) + "\": " + why +
                         "; give unix:/path/to/winnowd.sock or HOST:PORT");
}

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5) return false;
  if (!std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c); })) return false;
  const int port = std::stoi(std::string(text));
  return port >= 1 && port <= 65535;
}

}  // namespace

Result<ServerAddress> ParseAddress(std::string_view text) {
  ServerAddress address;
  address.target = std::string(text);
  if (text.starts_with(kUnix)) {
    const std::string_view path = text.substr(kUnix.size());
    if (path.empty()) return Err(BadAddress(text, "no path"));
    if (path.size() > kMaxSocketPath) {
      return Err(BadAddress(text, "a socket's path has at most " + std::to_string(kMaxSocketPath) + " bytes"));
    }
    return address;
  }
  if (text.find("://") != std::string_view::npos) return Err(BadAddress(text, "this is not a URL"));
  if (text.find('/') != std::string_view::npos) return Err(BadAddress(text, "a path needs \"unix:\" before it"));
  const size_t bracket = text.rfind(']');
  const size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  const std::string_view host = text.substr(0, colon);
  if (host.empty()) return Err(BadAddress(text, "no host"));
  if (colon == std::string_view::npos) {
    address.target += ":" + std::string(kDefaultPort);
  } else if (!IsPort(text.substr(colon + 1))) {
    return Err(BadAddress(text, "a port is a number from 1 to 65535"));
  }
  return address;
}

bool IsLocal(const ServerAddress& address) {
  const std::string& target = address.target;
  return target.starts_with(kUnix) || target.starts_with("127.") || target.starts_with("localhost:") ||
         target.starts_with("[::1]:");
}

}  // namespace winnow::client
