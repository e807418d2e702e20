// Names as users write and see them, and as the API has them.
#ifndef CLIENT_CLI_RESOURCE_NAME_H_
#define CLIENT_CLI_RESOURCE_NAME_H_

#include <string>
#include <string_view>

#include "base/result.h"

namespace winnow::cli {

// API name -> shown: "sweeps/a" -> "a", "sweeps/a/trials/t" -> "a/t", "stages/KEY" -> "KEY", "workers/w" -> "w",
// "artifacts/sha256-HEX" -> "HEX". Other names stay.
std::string ShownName(std::string_view name);

// The trial's own part of a trial's name: "f4-s30-w60".
std::string TrialIdOf(std::string_view name);
// "sweeps/a" of "sweeps/a/trials/t".
std::string SweepOf(std::string_view name);

// Written -> API name, taking both forms. kInvalidArgument says what form was expected.
Result<std::string> SweepName(std::string_view written);
Result<std::string> TrialName(std::string_view written);
Result<std::string> ArtifactName(std::string_view written);

// What may stand where logs are asked for.
struct LogTarget {
  enum class Kind { kStage, kStagePrefix, kTrial, kSweep } kind;
  std::string name;  // API name; of a stage prefix the hexadecimal digits
};

// A stage is 64 hexadecimal digits or stages/KEY, a stage prefix 8-63 of them, a trial has a slash. A sweep's name
// that looks like a prefix is taken for one.
Result<LogTarget> ParseLogTarget(std::string_view written);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_RESOURCE_NAME_H_
