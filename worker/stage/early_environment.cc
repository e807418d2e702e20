#include "worker/stage/early_environment.h"

#include <unistd.h>

#include <cstring>

namespace winnow::worker {
namespace {

constexpr const char* kWaitPolicy = "OMP_WAIT_POLICY=passive";
constexpr const char* kCoreType = "OPENBLAS_CORETYPE=SKYLAKEX";

bool IsSet(char** environment, const char* setting) {
  const size_t name_size = static_cast<size_t>(std::strchr(setting, '=') - setting) + 1;
  for (char** entry = environment; *entry != nullptr; ++entry) {
    if (std::strncmp(*entry, setting, name_size) == 0) return true;
  }
  return false;
}

bool IsAmdWithAvx512() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

#if defined(__linux__)
// Runs before the constructors of every library, and so may use of libc only what needs none: it takes its memory from
// malloc and calls execve. Where that fails, the program goes on as it was started.
void RestartWithSettings(int, char** arguments, char** environment) {
  const std::vector<const char*> missing = MissingSettings(environment, IsAmdWithAvx512());
  if (missing.empty()) return;
  std::vector<char*> complete;
  for (char** entry = environment; *entry != nullptr; ++entry) complete.push_back(*entry);
  for (const char* setting : missing) complete.push_back(const_cast<char*>(setting));
  complete.push_back(nullptr);
  ::execve("/proc/self/exe", arguments, complete.data());
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const kRestart)(int, char**, char**) = RestartWithSettings;
#endif

}  // namespace

std::vector<const char*> MissingSettings(char** environment, bool amd_avx512) {
  std::vector<const char*> missing;
  if (!IsSet(environment, kWaitPolicy)) missing.push_back(kWaitPolicy);
  if (amd_avx512 && !IsSet(environment, kCoreType)) missing.push_back(kCoreType);
  return missing;
}

}  // namespace winnow::worker
