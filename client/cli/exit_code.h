// What `winnow` tells the shell: the only table from outcomes to exit codes (also in `winnow --help`).
#ifndef CLIENT_CLI_EXIT_CODE_H_
#define CLIENT_CLI_EXIT_CODE_H_

#include "base/status.h"

namespace winnow::cli {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,        // a stage or trial failed, or a sweep was cancelled; anything no other code describes
  kExitUsage = 2,         // command line or spec
  kExitNotFound = 3,      // no such sweep, trial, stage, artifact or file
  kExitUnavailable = 4,   // coordinator, data folder or disk cannot be used now
  kExitRegression = 5,    // `winnow bench compare` found one
  kExitInterrupted = 130  // Ctrl-C
};

ExitCode ExitCodeOf(StatusCode code);

// The lines below "Exit codes:" in the help.
const char* ExitCodeHelp();

}  // namespace winnow::cli

#endif  // CLIENT_CLI_EXIT_CODE_H_
