#include "base/failpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace winnow {
namespace {

struct Armed {
  std::string kill_while;  // "": never
  int64_t sleep_ms = 0;
  double lose = 0;
  std::atomic<int64_t> reached{0};
};

using Table = std::map<std::string, Armed, std::less<>>;

[[noreturn]] void Refuse(const std::string& entry) {
  std::fprintf(stderr, "WINNOW_FAILPOINTS: cannot read \"%s\"; expected NAME=kill:PATH, NAME=sleep:MS or NAME=lose:P\n",
               entry.c_str());
  std::abort();
}

void Arm(Table& table, const std::string& entry) {
  const size_t equals = entry.find('=');
  if (equals == std::string::npos) Refuse(entry);
  const std::string action = entry.substr(equals + 1);
  Armed& armed = table[entry.substr(0, equals)];
  if (action.starts_with("kill:")) {
    armed.kill_while = action.substr(5);
    return;
  }
  if (std::sscanf(action.c_str(), "sleep:%ld", &armed.sleep_ms) == 1) return;
  if (std::sscanf(action.c_str(), "lose:%lf", &armed.lose) == 1) return;
  Refuse(entry);
}

Table* ReadEnvironment() {
  auto* const table = new Table;  // lives as long as the program: threads may reach a place to its very end
  const char* const text = std::getenv("WINNOW_FAILPOINTS");
  std::string rest = text == nullptr ? "" : text;
  while (!rest.empty()) {
    const size_t comma = rest.find(',');
    Arm(*table, rest.substr(0, comma));
    rest = comma == std::string::npos ? "" : rest.substr(comma + 1);
  }
  return table;
}

Armed* Find(std::string_view name) {
  static Table* const table = ReadEnvironment();
  const auto it = table->find(name);
  return it == table->end() ? nullptr : &it->second;
}

void Note(std::string_view name) {
  const char* const path = std::getenv("WINNOW_FAILPOINT_LOG");
  if (path == nullptr) return;
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const std::string line = std::string(name) + "\n";
  if (::write(fd, line.data(), line.size()) < 0) std::perror("WINNOW_FAILPOINT_LOG");
  ::close(fd);
}

// A fraction of 1 that follows from the process and how often it was asked.
double Draw(int64_t asked) {
  uint64_t x = static_cast<uint64_t>(asked) * 0x9E3779B97F4A7C15u + static_cast<uint64_t>(::getpid());
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1.0p-53;
}

}  // namespace

void ReachFailpoint(std::string_view name) {
  Armed* const armed = Find(name);
  if (armed == nullptr) return;
  if (armed->sleep_ms > 0) {
    timespec pause{armed->sleep_ms / 1000, armed->sleep_ms % 1000 * 1000000};
    while (::nanosleep(&pause, &pause) != 0 && errno == EINTR) continue;
  }
  if (!armed->kill_while.empty() && ::access(armed->kill_while.c_str(), F_OK) == 0) {
    Note(name);
    ::kill(::getpid(), SIGKILL);
    while (true) ::pause();  // the signal is on its way; nothing may follow it
  }
}

bool LoseReply(std::string_view name) {
  Armed* const armed = Find(name);
  if (armed == nullptr || Draw(++armed->reached) >= armed->lose) return false;
  Note(name);
  return true;
}

}  // namespace winnow
