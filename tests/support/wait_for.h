// Waiting for a condition in a test, with a deadline: never a fixed sleep.
#ifndef TESTS_SUPPORT_WAIT_FOR_H_
#define TESTS_SUPPORT_WAIT_FOR_H_

#include <poll.h>
#include <signal.h>
#include <sys/types.h>

#include <chrono>
#include <fstream>
#include <string>

namespace winnow::testing {

// True as soon as `condition()` is; false when it is not within `limit`, which only a failing test waits out.
template <typename Condition>
[[nodiscard]] bool WaitFor(Condition condition, std::chrono::milliseconds limit = std::chrono::seconds(30)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::poll(nullptr, 0, 2);
  }
  return true;
}

// Whether the process runs: a zombie does not.
inline bool IsRunning(pid_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t after_name = text.rfind(") ");
  return after_name != std::string::npos && text[after_name + 2] != 'Z';
}

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_WAIT_FOR_H_
