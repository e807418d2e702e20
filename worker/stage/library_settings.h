// Environment variables that libraries read when they are loaded, before main().
//
//   OMP_WAIT_POLICY=passive     OpenMP's threads otherwise spin between parallel regions, which on a shared machine
//   takes
//                               the core from another stage
//   OPENBLAS_CORETYPE           SKYLAKEX on an AMD processor with AVX-512: OpenBLAS of Debian 12 does not know those
//                               and falls back to AVX2 kernels, half as fast on Zen 5
//
// Whoever starts many stages sets them itself; a stage that finds them missing starts itself again
// (restart_with_settings.cc), which costs some 0.2 s.
#ifndef WORKER_STAGE_LIBRARY_SETTINGS_H_
#define WORKER_STAGE_LIBRARY_SETTINGS_H_

#include <vector>

namespace winnow::worker {

// "NAME=value" of those of the variables that `environment` (null-terminated, as main has it) does not set, to
// anything. OPENBLAS_CORETYPE only with `amd_avx512`.
std::vector<const char*> MissingSettings(char** environment, bool amd_avx512);

bool IsAmdWithAvx512();

}  // namespace winnow::worker

#endif  // WORKER_STAGE_LIBRARY_SETTINGS_H_
