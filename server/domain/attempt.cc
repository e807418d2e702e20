#include "server/domain/attempt.h"

namespace winnow::server {

std::string_view AttemptStateName(AttemptState state) {
  switch (state) {
    case AttemptState::kRunning:
      return "RUNNING";
    case AttemptState::kSucceeded:
      return "SUCCEEDED";
    case AttemptState::kFailed:
      return "FAILED";
    case AttemptState::kLost:
      return "LOST";
    case AttemptState::kGivenBack:
      return "GIVEN_BACK";
    case AttemptState::kCancelled:
      return "CANCELLED";
  }
  return "UNSPECIFIED";
}

}  // namespace winnow::server
