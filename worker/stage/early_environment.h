// Environment variables that libraries read when they are loaded, before main().
//
//   OMP_WAIT_POLICY=passive     OpenMP's threads otherwise spin between parallel regions, which on a shared machine
//   takes
//                               the core from another stage
//   OPENBLAS_CORETYPE           SKYLAKEX on an AMD processor with AVX-512: OpenBLAS of Debian 12 does not know those
//                               and falls back to AVX2 kernels, half as fast on Zen 5
//
// A program that links early_environment.cc starts itself again, once, with those of them that are not set: from
// .preinit_array, so before any library's constructors have run (LibTorch's take 0.2 s). Whoever starts many stages
// sets them itself and saves the 0.1 s of the second loading.
#ifndef WORKER_STAGE_EARLY_ENVIRONMENT_H_
#define WORKER_STAGE_EARLY_ENVIRONMENT_H_

#include <vector>

namespace winnow::worker {

// "NAME=value" of those of the variables that `environment` (null-terminated, as main has it) does not set, to
// anything. OPENBLAS_CORETYPE only with `amd_avx512`.
std::vector<const char*> MissingSettings(char** environment, bool amd_avx512);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_EARLY_ENVIRONMENT_H_
