#include "client/cli/resource_name.h"

#include <algorithm>

#include "base/sha256.h"

namespace winnow::cli {
namespace {

constexpr std::string_view kSweeps = "sweeps/";
constexpr std::string_view kTrials = "/trials/";
constexpr std::string_view kStages = "stages/";
constexpr std::string_view kArtifacts = "artifacts/sha256-";

bool IsId(std::string_view text, size_t most) {
  return !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

bool IsHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string InQuotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

}  // namespace

std::string ShownName(std::string_view name) {
  if (name.starts_with(kArtifacts)) return std::string(name.substr(kArtifacts.size()));
  if (name.starts_with(kSweeps)) {
    std::string shown(name.substr(kSweeps.size()));
    if (const size_t at = shown.find(kTrials); at != std::string::npos) shown.replace(at, kTrials.size(), "/");
    return shown;
  }
  for (const std::string_view collection : {kStages, std::string_view("workers/")}) {
    if (name.starts_with(collection)) return std::string(name.substr(collection.size()));
  }
  return std::string(name);
}

std::string TrialIdOf(std::string_view name) { return std::string(name.substr(name.rfind('/') + 1)); }

std::string SweepOf(std::string_view name) { return std::string(name.substr(0, name.find(kTrials))); }

Result<std::string> SweepName(std::string_view written) {
  const std::string_view id = written.starts_with(kSweeps) ? written.substr(kSweeps.size()) : written;
  // An id may be the longest name of a spec and a number.
  if (!IsId(id, 80)) {
    return Err(InvalidArgument(InQuotes(written) + " is not a sweep's name: expected letters a-z, digits and dashes; "
                                                   "`winnow list` shows the sweeps"));
  }
  return std::string(kSweeps) + std::string(id);
}

Result<std::string> TrialName(std::string_view written) {
  std::string shown = ShownName(written);
  const size_t slash = shown.find('/');
  if (slash == std::string::npos || !IsId(shown.substr(0, slash), 80) || !IsId(shown.substr(slash + 1), 127)) {
    return Err(InvalidArgument(InQuotes(written) +
                               " is not a trial's name: expected SWEEP/TRIAL, as `winnow results SWEEP` shows them"));
  }
  return std::string(kSweeps) + shown.substr(0, slash) + std::string(kTrials) + shown.substr(slash + 1);
}

Result<std::string> ArtifactName(std::string_view written) {
  std::string digest = ShownName(written);
  if (digest.starts_with("sha256-") || digest.starts_with("sha256:")) digest.erase(0, 7);
  if (!IsSha256Hex(digest)) {
    return Err(InvalidArgument(InQuotes(written) +
                               " is not an artifact's name: expected 64 lower-case hexadecimal digits, as the member "
                               "`checkpoint` of `winnow results SWEEP --format json`"));
  }
  return std::string(kArtifacts) + digest;
}

Result<LogTarget> ParseLogTarget(std::string_view written) {
  const std::string_view key = written.starts_with(kStages) ? written.substr(kStages.size()) : written;
  if (IsSha256Hex(key)) return LogTarget{LogTarget::Kind::kStage, std::string(kStages) + std::string(key)};
  if (key.size() >= 8 && key.size() < 64 && IsHex(key))
    return LogTarget{LogTarget::Kind::kStagePrefix, std::string(key)};
  if (key.size() != written.size()) {
    return Err(InvalidArgument(InQuotes(written) +
                               " is not a stage's name: expected at least 8 hexadecimal digits of its "
                               "key, as `winnow status SWEEP` shows them"));
  }
  const std::string shown = ShownName(written);
  if (shown.find('/') != std::string::npos) {
    WINNOW_ASSIGN_OR_RETURN(std::string trial, TrialName(written));
    return LogTarget{LogTarget::Kind::kTrial, std::move(trial)};
  }
  WINNOW_ASSIGN_OR_RETURN(std::string sweep, SweepName(written));
  return LogTarget{LogTarget::Kind::kSweep, std::move(sweep)};
}

}  // namespace winnow::cli
