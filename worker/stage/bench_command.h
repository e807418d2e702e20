// `winnow bench`: our kernels against other libraries, layer by layer.
#ifndef WORKER_STAGE_BENCH_COMMAND_H_
#define WORKER_STAGE_BENCH_COMMAND_H_

#include <string>
#include <vector>

namespace winnow::worker {

// The whole command, `bench` left out; returns the exit status of client/cli/exit_code.h: 0, 1 when a measurement
// failed, 2 for wrong usage. A table grows on stdout as rows come; JSON comes in one piece at the end. Begins with
// "compare": RunBenchCompareCommand.
int RunBenchCommand(const std::vector<std::string>& words);

// `winnow bench compare`; 5 when a row has become slower.
int RunBenchCompareCommand(const std::vector<std::string>& words);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_BENCH_COMMAND_H_
