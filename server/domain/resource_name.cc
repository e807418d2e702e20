#include "server/domain/resource_name.h"

#include <algorithm>

namespace winnow::server {
namespace {

constexpr size_t kMaxIdLength = 63;
constexpr size_t kMaxTrialIdLength = 127;  // rates and the name of a method
constexpr size_t kHexLength = 64;
constexpr std::string_view kSweeps = "sweeps/";
constexpr std::string_view kTrials = "/trials/";
constexpr std::string_view kStages = "stages/";
constexpr std::string_view kWorkers = "workers/";
constexpr std::string_view kArtifacts = "artifacts/sha256-";

bool IsLowerHex64(std::string_view text) {
  return text.size() == kHexLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

// What came, cut to a length that a message can bear.
std::string Shown(std::string_view name) {
  constexpr size_t kShown = 100;
  return "\"" + std::string(name.substr(0, kShown)) + (name.size() > kShown ? "...\"" : "\"");
}

Status Malformed(std::string_view name, std::string_view form) {
  return InvalidArgument(Shown(name) + " is not a name of the form " + std::string(form));
}

Result<std::string> ParseHex(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix) || !IsLowerHex64(name.substr(prefix.size()))) {
    return Err(Malformed(name, std::string(prefix) + "{64 lower-case hexadecimal digits}"));
  }
  return std::string(name.substr(prefix.size()));
}

bool IsIdOf(std::string_view id, size_t most) {
  return !id.empty() && id.size() <= most && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

bool IsId(std::string_view id) { return IsIdOf(id, kMaxIdLength); }

bool IsSweepId(std::string_view id) { return IsId(id) && id[0] >= 'a' && id[0] <= 'z'; }

std::string SweepName(std::string_view id) { return std::string(kSweeps).append(id); }

std::string TrialNameOf(std::string_view sweep, std::string_view trial) {
  return SweepName(sweep).append(kTrials).append(trial);
}

std::string StageName(std::string_view key) { return std::string(kStages).append(key); }
std::string WorkerName(std::string_view id) { return std::string(kWorkers).append(id); }
std::string ArtifactName(std::string_view digest) { return std::string(kArtifacts).append(digest); }

Result<std::string> ParseSweepName(std::string_view name) {
  if (!name.starts_with(kSweeps) || !IsSweepId(name.substr(kSweeps.size()))) {
    return Err(Malformed(name, "sweeps/{1-63 of a-z, 0-9 and -, beginning with a letter}"));
  }
  return std::string(name.substr(kSweeps.size()));
}

Result<TrialName> ParseTrialName(std::string_view name) {
  const size_t cut = name.find(kTrials);
  if (cut != std::string_view::npos) {
    const Result<std::string> sweep = ParseSweepName(name.substr(0, cut));
    const std::string_view trial = name.substr(cut + kTrials.size());
    if (sweep && IsIdOf(trial, kMaxTrialIdLength)) return TrialName{.sweep = *sweep, .trial = std::string(trial)};
  }
  return Err(Malformed(name, "sweeps/{sweep}/trials/{trial}"));
}

Result<std::string> ParseStageName(std::string_view name) { return ParseHex(name, kStages); }

Result<std::string> ParseWorkerName(std::string_view name) {
  if (!name.starts_with(kWorkers) || !IsId(name.substr(kWorkers.size()))) {
    return Err(Malformed(name, "workers/{1-63 of a-z, 0-9 and -}"));
  }
  return std::string(name.substr(kWorkers.size()));
}

Result<std::string> ParseArtifactName(std::string_view name) { return ParseHex(name, kArtifacts); }

}  // namespace winnow::server
