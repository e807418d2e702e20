// Immutable bytes, and what they are to a stage.
#ifndef SERVER_DOMAIN_ARTIFACT_H_
#define SERVER_DOMAIN_ARTIFACT_H_

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace winnow::server {

// The role of the net that a stage makes.
inline constexpr char kCheckpointRole[] = "checkpoint";

struct Artifact {
  std::string digest;  // SHA-256, 64 hexadecimal digits
  int64_t size_bytes = 0;
  WallTime upload_time{};  // the last time somebody uploaded it

  friend bool operator==(const Artifact&, const Artifact&) = default;
};

struct StageArtifact {
  std::string role;
  std::string digest;

  friend bool operator==(const StageArtifact&, const StageArtifact&) = default;
};

// A checkpoint from which an interrupted attempt goes on.
struct ResumePoint {
  std::string digest;
  int64_t epoch = 0;  // epochs done

  friend bool operator==(const ResumePoint&, const ResumePoint&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_ARTIFACT_H_
