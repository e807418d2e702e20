// The lines that show a sweep's progress. Pure.
#ifndef CLIENT_CLI_PROGRESS_TEXT_H_
#define CLIENT_CLI_PROGRESS_TEXT_H_

#include <string>
#include <vector>

#include "client/cli/sweep_progress.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

// One line a running stage, with a bar, then one with the counts; none wider than the terminal, and at most as many as
// leave it a line free. Times count from `began` to `now`, both Unix seconds.
std::vector<std::string> ProgressLines(const SweepProgress& progress, double began, double now,
                                       const Terminal& terminal);

// "━━━━━━╸    " of `width` columns; `share` is taken within [0, 1].
std::string Bar(double share, size_t width, bool unicode);

// "[12/34] winograd_prune f4 s30 w60 succeeded in 4.2 s", with the reason where it failed.
std::string EndedLine(const v1::Stage& stage, int ended, int total, const Terminal& terminal);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_PROGRESS_TEXT_H_
