// `winnow-stage pack`: a checkpoint made a packed net. What `winnow export --packed` starts.
#ifndef WORKER_STAGE_PACK_COMMAND_H_
#define WORKER_STAGE_PACK_COMMAND_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace winnow::worker {

struct PackArguments {
  bool help = false;
  std::filesystem::path checkpoint;
  std::filesystem::path output;
  int batch = 1;
  int threads = 1;
  int tile_size = 4;  // of layers that are pruned in the spatial domain only
  int lifeline = -1;  // a descriptor, or -1 for none: by hand
};

// kInvalidArgument names the option and what it takes.
Result<PackArguments> ParsePackArguments(const std::vector<std::string>& words);

// The whole command, `pack` left out; returns the exit status of client/cli/exit_code.h.
int RunPackCommand(const std::vector<std::string>& words);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_PACK_COMMAND_H_
