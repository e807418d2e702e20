#include "worker/agent/machine.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/durable_file.h"
#include "base/sha256.h"

namespace winnow::worker {
namespace {

constexpr size_t kMaxName = 63;

std::string FirstWord(const char* path) {
  const Result<std::string> content = ReadFile(path, 4096);
  if (!content) return "";
  return content->substr(0, content->find_first_of(" \n"));
}

std::string HostName() {
  char name[256] = "";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

std::string HostId() {
  const std::string machine = FirstWord("/etc/machine-id");
  const std::string boot = FirstWord("/proc/sys/kernel/random/boot_id");
  const std::string name = machine.empty() && boot.empty() ? HostName() : "";
  return Sha256Hex(machine + "\n" + boot + "\n" + name).substr(0, 32);
}

int UsableCores() {
  cpu_set_t usable;
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return 1;
  return std::max(1, CPU_COUNT(&usable));
}

int64_t UsableMemoryBytes() {
  int64_t bytes = static_cast<int64_t>(::sysconf(_SC_PHYS_PAGES)) * ::sysconf(_SC_PAGESIZE);
  // Version 2 of control groups, as seen from within a container; "max" means no limit.
  const std::string limit = FirstWord("/sys/fs/cgroup/memory.max");
  int64_t limit_bytes = 0;
  const auto [end, error] = std::from_chars(limit.data(), limit.data() + limit.size(), limit_bytes);
  if (error == std::errc() && limit_bytes > 0) bytes = std::min(bytes, limit_bytes);
  return bytes;
}

std::string WorkerNameFrom(std::string_view text) {
  std::string name;
  for (const unsigned char c : text) {
    if (std::isalnum(c) && c < 128) {
      name += static_cast<char>(std::tolower(c));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  if (name.empty() || !std::isalpha(static_cast<unsigned char>(name[0]))) name = "worker-" + name;
  name = name.substr(0, kMaxName);
  while (name.back() == '-') name.pop_back();
  return name;
}

std::string DefaultWorkerName() { return WorkerNameFrom(HostName()); }

bool IsWorkerName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxName && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace winnow::worker
