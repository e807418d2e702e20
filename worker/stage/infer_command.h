// `winnow infer`: a pruned checkpoint, or a packed net, as a network in use.
#ifndef WORKER_STAGE_INFER_COMMAND_H_
#define WORKER_STAGE_INFER_COMMAND_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace winnow::worker {

struct InferArguments {
  bool help = false;
  std::filesystem::path file;
  std::filesystem::path data;  // empty: accuracy is not measured
  std::vector<int> batch_sizes = {1, 16};
  std::vector<int> threads = {1};
  std::vector<std::string> peers = {"onednn", "torch"};
  int tile_size = 4;  // of layers that are pruned in the spatial domain only
  bool autotune = false;
  int rounds = 31;
  bool json = false;
};

Result<InferArguments> ParseInferArguments(const std::vector<std::string>& words);

// The whole command, `infer` left out; returns the exit status of client/cli/exit_code.h.
int RunInferCommand(const std::vector<std::string>& words);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_INFER_COMMAND_H_
