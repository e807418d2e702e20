#include "client/cli/number_text.h"

#include <cmath>
#include <cstdio>
#include <ctime>
#include <iterator>

namespace winnow::cli {
namespace {

std::string Formatted(const char* format, double value, int digits) {
  char buffer[400];
  std::snprintf(buffer, sizeof(buffer), format, digits, value);
  return buffer;
}

bool HasNonZeroDigit(const std::string& text) { return text.find_first_of("123456789") != std::string::npos; }

std::string TimeText(const std::tm& time, const char* format) {
  char buffer[64];
  return std::string(buffer, std::strftime(buffer, sizeof(buffer), format, &time));
}

}  // namespace

std::string Fixed(double value, int digits) {
  if (!std::isfinite(value)) return "-";
  std::string text = Formatted("%.*f", value, digits);
  if (text[0] == '-' && !HasNonZeroDigit(text)) text.erase(0, 1);
  return text;
}

std::string Fixed(std::optional<double> value, int digits) { return value ? Fixed(*value, digits) : "-"; }

std::string Percent(double fraction, int digits) { return Fixed(fraction * 100, digits); }

std::string Percent(std::optional<double> fraction, int digits) { return fraction ? Percent(*fraction, digits) : "-"; }

std::string Points(double difference, int digits) {
  std::string text = Percent(difference, digits);
  if (text[0] != '-' && HasNonZeroDigit(text)) text.insert(0, 1, '+');
  return text;
}

std::string DurationText(double seconds) {
  if (!(seconds >= 0)) seconds = 0;
  if (seconds < 59.95) return Fixed(seconds, 1) + " s";
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  char buffer[64];
  if (whole < 3600) {
    std::snprintf(buffer, sizeof(buffer), "%d min %02d s", static_cast<int>(whole / 60), static_cast<int>(whole % 60));
  } else {
    std::snprintf(buffer, sizeof(buffer), "%lld h %02d min", static_cast<long long>(whole / 3600),
                  static_cast<int>(whole / 60 % 60));
  }
  return buffer;
}

std::string BytesText(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return Fixed(value, unit == 0 ? 0 : 1) + " " + kUnits[unit];
}

std::string MinuteText(int64_t unix_seconds) {
  if (unix_seconds == 0) return "";
  const std::time_t time = unix_seconds;
  std::tm local{};
  return ::localtime_r(&time, &local) == nullptr ? "" : TimeText(local, "%Y-%m-%d %H:%M");
}

std::string Rfc3339(int64_t unix_seconds) {
  if (unix_seconds == 0) return "";
  const std::time_t time = unix_seconds;
  std::tm utc{};
  return ::gmtime_r(&time, &utc) == nullptr ? "" : TimeText(utc, "%Y-%m-%dT%H:%M:%SZ");
}

std::string Count(int64_t number, const std::string& noun) {
  return Grouped(number) + " " + noun + (number == 1 ? "" : "s");
}

std::string Grouped(int64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int64_t>(text.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3) {
    text.insert(static_cast<size_t>(at), 1, ',');
  }
  return text;
}

}  // namespace winnow::cli
