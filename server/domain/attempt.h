// One try at a stage.
#ifndef SERVER_DOMAIN_ATTEMPT_H_
#define SERVER_DOMAIN_ATTEMPT_H_

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace winnow::server {

// How it stands or ended. The numbers are on disk.
enum class AttemptState {
  kRunning = 1,
  kSucceeded = 2,
  kFailed = 3,
  kLost = 4,       // its worker was not heard of in time
  kGivenBack = 5,  // by a worker that had to stop; does not count
  kCancelled = 6,
};

// "GIVEN_BACK".
std::string_view AttemptStateName(AttemptState state);

struct Attempt {
  std::string stage;  // key
  int number = 0;     // from 1
  std::string worker;
  std::string token;  // of its lease
  AttemptState state = AttemptState::kRunning;
  WallTime start_time{};
  std::optional<WallTime> end_time;
  std::string code;  // of a failure: the name of a gRPC code, and what happened
  std::string message;
  std::string last_lines;  // of its log, where it failed
  std::string numerics_class;

  friend bool operator==(const Attempt&, const Attempt&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_ATTEMPT_H_
