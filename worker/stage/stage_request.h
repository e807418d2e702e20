// What an agent asks a stage executor to do: the request file (docs/formats.md section 4).
#ifndef WORKER_STAGE_STAGE_REQUEST_H_
#define WORKER_STAGE_STAGE_REQUEST_H_

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "spec/stage_kind.h"
#include "spec/stage_parameters.h"

namespace winnow::worker {

inline constexpr int kProtocolVersion = 1;

// The net a stage starts from, or measures.
struct ParentNet {
  std::string key;  // of the stage that made it
  std::filesystem::path checkpoint;
  std::string digest;  // SHA-256 of the file
};

struct DataPlace {
  std::string name;
  std::string digest;  // docs/formats.md section 6; the agent has checked it
  std::filesystem::path folder;
};

struct ResumeOffer {
  std::filesystem::path checkpoint;
  int64_t epoch = 0;
};

// Everything is checked against docs/formats.md, except what only the files themselves can show.
struct StageRequest {
  std::string stage;  // resource name, for messages
  spec::StageKind kind = spec::StageKind::kTrain;
  int attempt = 1;
  spec::StageParameters parameters;
  std::vector<ParentNet> parents;  // none for `train`, or the net to train on; one for the other kinds
  std::optional<std::filesystem::path> pretrained;
  std::optional<DataPlace> data;  // there for every kind but `benchmark`
  std::optional<ResumeOffer> resume;
  std::string device = "cpu";  // or "cuda"
  int threads = 1;
  int64_t memory_limit_bytes = 0;  // 0 = none; watched by the agent, recorded here
  std::filesystem::path output_dir;
};

// kInvalidArgument       names every fault, a line each, with the JSON pointer of its place
// kFailedPrecondition    the request is of another protocol, or of a stage version that this build does not compute
Result<StageRequest> ParseStageRequest(std::string_view text);

// The same of a file, whose name is put before the message.
Result<StageRequest> ReadStageRequest(const std::filesystem::path& file);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_STAGE_REQUEST_H_
