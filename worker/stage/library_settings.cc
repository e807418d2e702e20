#include "worker/stage/library_settings.h"

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

}  // namespace

std::vector<const char*> MissingSettings(char** environment, bool amd_avx512) {
  std::vector<const char*> missing;
  if (!IsSet(environment, kWaitPolicy)) missing.push_back(kWaitPolicy);
  if (amd_avx512 && !IsSet(environment, kCoreType)) missing.push_back(kCoreType);
  return missing;
}

bool IsAmdWithAvx512() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_is("amd") && __builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

}  // namespace winnow::worker
