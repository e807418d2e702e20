// The identity of a stage's result (docs/formats.md section 3).
#ifndef SPEC_STAGE_KEY_H_
#define SPEC_STAGE_KEY_H_

#include <string>
#include <vector>

#include "spec/stage_parameters.h"

namespace winnow::spec {

// Everything that decides what a stage computes, and nothing else.
struct StageIdentity {
  StageParameters parameters;
  std::vector<std::string> parents;   // keys of the stages it starts from
  std::string data_digest;            // not for a benchmark
  std::string benchmark_fingerprint;  // of the host to be timed; only for a benchmark
  int threads = 1;                    // of the numerics
};

// The text that is hashed: canonical JSON. (Parameters made by hand with numbers that are not finite, which no reader
// lets through, have null there.)
std::string StageIdentityText(const StageIdentity& identity);

// 64 lower-case hexadecimal digits. Equal for stages that have the same result.
std::string StageKey(const StageIdentity& identity);

}  // namespace winnow::spec

#endif  // SPEC_STAGE_KEY_H_
