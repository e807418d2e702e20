// One point of a sweep, and the stages whose results a user compares.
#ifndef SERVER_DOMAIN_TRIAL_H_
#define SERVER_DOMAIN_TRIAL_H_

#include <cstdint>
#include <optional>
#include <string>

#include "server/domain/trial_state.h"

namespace winnow::server {

struct Trial {
  std::string sweep;  // ids
  std::string id;
  int position = 0;  // in the order of the spec, from 0
  TrialState state = TrialState::kPending;
  std::string reason;  // why, for FAILED and CANCELLED
  int tile_size = 0;
  std::optional<double> spatial_rate;  // targets, fractions of 1; none where the sweep has no such step
  std::optional<double> winograd_rate;
  std::string method;           // name of the Winograd pruning, where the sweep has several; else ""
  std::optional<int64_t> seed;  // of a sweep with seeds
  std::string images;  // what its accuracy is measured on: "held-out", "test"; "" in a sweep without held-out ones
  // Stage keys; a benchmark's is empty where none is planned.
  std::string net;
  std::string evaluate;
  std::string benchmark;
  std::string dense_evaluate;  // of the unpruned net
  std::string dense_benchmark;
  std::string trained_on_evaluate;  // of the unpruned net trained on; "" where the sweep has none

  int64_t revision = 0;  // of its last change; kept by the store

  friend bool operator==(const Trial&, const Trial&) = default;
};

}  // namespace winnow::server

#endif  // SERVER_DOMAIN_TRIAL_H_
