// The request an executor reads (docs/formats.md section 4), made from a lease.
#ifndef WORKER_AGENT_REQUEST_FILE_H_
#define WORKER_AGENT_REQUEST_FILE_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/stage_kind.h"
#include "winnow/v1/worker.pb.h"

namespace winnow::worker {

// Where the inputs of a lease lie on this machine.
struct InputFiles {
  std::vector<std::filesystem::path> parents;  // in the lease's order
  std::optional<std::filesystem::path> pretrained;
  std::optional<std::filesystem::path> resume;
  std::optional<std::filesystem::path> data_folder;
};

// The kind of a lease's stage; none for one this build does not know.
std::optional<spec::StageKind> KindOf(v1::StageKind kind);
v1::StageKind ToProto(spec::StageKind kind);

// The text of the request file. kInvalidArgument: the lease's parameters are no JSON object, or its kind is unknown.
Result<std::string> RequestText(const v1::Lease& lease, const InputFiles& inputs,
                                const std::filesystem::path& output_dir);

}  // namespace winnow::worker

#endif  // WORKER_AGENT_REQUEST_FILE_H_
