// Log lines of the programs, through spdlog: to stderr, never stdout, which belongs to results.
#ifndef BASE_LOGGING_H_
#define BASE_LOGGING_H_

#include <spdlog/spdlog.h>

#include <string>

namespace winnow {

// Sets up the default logger: "2026-11-24T04:05:31.123Z info winnowd: message". `level` is one of trace, debug, info,
// warn, error, off; another one counts as info.
void InitLogging(const std::string& program, const std::string& level);

}  // namespace winnow

#endif  // BASE_LOGGING_H_
