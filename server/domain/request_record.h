// The answer to a mutating call, kept so that a repeat gets the same one.
#ifndef SERVER_DOMAIN_REQUEST_RECORD_H_
#define SERVER_DOMAIN_REQUEST_RECORD_H_

#include <chrono>
#include <string>

namespace winnow::server {

// How long a record is kept.
inline constexpr std::chrono::hours kRequestLifetime{24};

struct RequestRecord {
  std::string request_id;
  std::string method;  // "CreateSweep": a repeat under another one is a mistake of the caller's
  std::string reply;   // bytes that only the caller understands

  friend bool operator==(const RequestRecord&, const RequestRecord&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_REQUEST_RECORD_H_
