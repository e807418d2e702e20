// Fuzz target: lines of a stage executor, as the agent takes them: split, parsed, and put into the record of an attempt.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "worker/agent/attempt_record.h"
#include "worker/agent/executor_event.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  winnow::worker::AttemptRecord record;
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const auto event = record.Take(line);
    if (event) (void)winnow::worker::LogText(*event);
  }
  return 0;
}
