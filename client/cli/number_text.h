// Numbers as people read them.
#ifndef CLIENT_CLI_NUMBER_TEXT_H_
#define CLIENT_CLI_NUMBER_TEXT_H_

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace winnow::cli {

// `value` with `digits` behind the point; "-0.0" is written "0.0"; "-" for what is not finite.
std::string Fixed(double value, int digits);
// The same of an absent value: "-".
std::string Fixed(std::optional<double> value, int digits);

// A fraction of 1 in percent: 0.9012 -> "90.12" with 2 digits. The sign belongs into the heading.
std::string Percent(double fraction, int digits);
std::string Percent(std::optional<double> fraction, int digits);

// A difference of two fractions in percentage points, always with a sign: "-0.42", "+0.10", "0.00".
std::string Points(double difference, int digits);

// "0.4 s", "12.3 s", "2 min 05 s", "1 h 02 min".
std::string DurationText(double seconds);

// "512 B", "1.5 KiB", "20.0 MiB".
std::string BytesText(uint64_t bytes);

// Local time to the minute, "2026-11-24 04:05"; empty for 0.
std::string MinuteText(int64_t unix_seconds);
// UTC, "2026-11-24T04:05:06Z", as RFC 3339 and protobuf's JSON have it.
std::string Rfc3339(int64_t unix_seconds);

// "1 stage", "2 stages".
std::string Count(int64_t number, const std::string& noun);

// 12000 -> "12,000".
std::string Grouped(int64_t number);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_NUMBER_TEXT_H_
