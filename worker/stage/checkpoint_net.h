// A net from its checkpoint alone.
#ifndef WORKER_STAGE_CHECKPOINT_NET_H_
#define WORKER_STAGE_CHECKPOINT_NET_H_

#include <filesystem>
#include <memory>
#include <string>

#include "base/result.h"
#include "spec/stage_parameters.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/nn/net.h"

namespace winnow::worker {

// The net of a file that names no data set: channels and classes tell which of the catalogue it is for. `digest` as
// CheckFileDigest(). Errors of LoadCheckpoint(); where no data set fits, that of the first.
Result<std::shared_ptr<Net>> LoadForSomeDataSet(const std::filesystem::path& checkpoint, const std::string& digest,
                                                const spec::ModelParameters& model);

struct DescribedNet {
  std::shared_ptr<Net> net;
  NetDescription description;
};

// A checkpoint that Winnow wrote, which says which network it is of. kInvalidArgument for files of other programs.
Result<DescribedNet> LoadDescribedNet(const std::filesystem::path& checkpoint);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_CHECKPOINT_NET_H_
