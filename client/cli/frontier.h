// Which trials stand on the frontier.
#ifndef CLIENT_CLI_FRONTIER_H_
#define CLIENT_CLI_FRONTIER_H_

#include <vector>

#include "client/cli/coordinator.h"

namespace winnow::cli {

// Of each trial, whether it is on the Pareto front of accuracy against multiplications left.
std::vector<bool> OnFrontier(const SweepResults& results);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_FRONTIER_H_
