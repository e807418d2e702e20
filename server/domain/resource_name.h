// Names of things in the API: "sweeps/fashion", "sweeps/fashion/trials/f4-s30-w60", "stages/KEY", "workers/w1",
// "artifacts/sha256-HEX". The one place that makes and reads them; records hold bare ids.
//
// Ids of sweeps, trials and workers: 1-63 of [a-z0-9-]; a sweep's begins with a letter. Keys and digests: 64 lower-case
// hexadecimal digits.
//
// Errors     kInvalidArgument, saying what was expected and what came.
#ifndef SERVER_DOMAIN_RESOURCE_NAME_H_
#define SERVER_DOMAIN_RESOURCE_NAME_H_

#include <string>
#include <string_view>

#include "base/result.h"

namespace winnow::server {

struct TrialName {
  std::string sweep;
  std::string trial;

  friend bool operator==(const TrialName&, const TrialName&) = default;
};

std::string SweepName(std::string_view id);
std::string TrialNameOf(std::string_view sweep, std::string_view trial);
std::string StageName(std::string_view key);
std::string WorkerName(std::string_view id);
std::string ArtifactName(std::string_view digest);

// The id, key or digest in a name.
Result<std::string> ParseSweepName(std::string_view name);
Result<TrialName> ParseTrialName(std::string_view name);
Result<std::string> ParseStageName(std::string_view name);
Result<std::string> ParseWorkerName(std::string_view name);
Result<std::string> ParseArtifactName(std::string_view name);

// Whether `id` may be the id of a sweep (or worker); those of trials may be longer.
bool IsSweepId(std::string_view id);
bool IsId(std::string_view id);

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_RESOURCE_NAME_H_
