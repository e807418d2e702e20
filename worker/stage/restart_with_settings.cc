// Acts by being linked into a program: starts it again with the settings of library_settings.h that its environment
// lacks. From .preinit_array, so before the constructors of any library have run (LibTorch's take 0.2 s) and before
// OpenMP and OpenBLAS have read their environment.
#include <unistd.h>

#include <array>
#include <vector>

#include "worker/stage/library_settings.h"

#if defined(__linux__)
namespace winnow::worker {
namespace {

// May use of libc only what needs no constructor: malloc and execve do not. Where execve fails, the program goes on as
// it was started.
void RestartWithSettings(int, char** arguments, char** environment) {
  const std::vector<const char*> missing = MissingSettings(environment, IsAmdWithAvx512());
  if (missing.empty()) return;
  std::vector<char*> complete;
  for (char** entry = environment; *entry != nullptr; ++entry) complete.push_back(*entry);
  for (const char* setting : missing) complete.push_back(const_cast<char*>(setting));
  complete.push_back(nullptr);
  // By its own path, so that it keeps its name in ps; by the link where the file has been replaced since.
  std::array<char, 4096> path{};
  if (::readlink("/proc/self/exe", path.data(), path.size() - 1) > 0) {
    ::execve(path.data(), arguments, complete.data());
  }
  ::execve("/proc/self/exe", arguments, complete.data());
}

[[gnu::section(".preinit_array"), gnu::used]] void (*const kRestart)(int, char**, char**) = RestartWithSettings;

}  // namespace
}  // namespace winnow::worker
#endif
