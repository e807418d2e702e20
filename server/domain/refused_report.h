// A report of an attempt's end that was refused because its lease had been lost: kept to be looked at.
#ifndef SERVER_DOMAIN_REFUSED_REPORT_H_
#define SERVER_DOMAIN_REFUSED_REPORT_H_

#include <string>

#include "base/clock.h"

namespace winnow::server {

// How many are kept; the oldest go.
inline constexpr int kRefusedReportsKept = 100000;

struct RefusedReport {
  WallTime time{};
  std::string request_id;
  std::string token;    // of the lease; Attempt::token tells of which attempt
  std::string worker;   // id; "" where the lease was not known any more
  std::string outcome;  // "success", "failure", ...

  friend bool operator==(const RefusedReport&, const RefusedReport&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_REFUSED_REPORT_H_
