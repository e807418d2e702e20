// A net from its file alone.
#ifndef WORKER_STAGE_CHECKPOINT_NET_H_
#define WORKER_STAGE_CHECKPOINT_NET_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "spec/data_set.h"
#include "spec/stage_parameters.h"
#include "worker/bench/net_timing.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/nn/net.h"

namespace winnow::worker {

struct LoadedNet {
  std::shared_ptr<Net> net;
  spec::DataSet data_set;  // the first of the catalogue with its channels, sizes and classes, or kImageFolder
};

// The net of a file that names no data set: the shapes tell, and the metadata where no data set has them. `digest` as CheckFileDigest(). Errors of LoadCheckpoint();
// where no data set fits, that of the first.
Result<LoadedNet> LoadForSomeDataSet(const std::filesystem::path& checkpoint, const std::string& digest,
                                     const spec::ModelParameters& model);

struct DescribedNet {
  LoadedNet loaded;
  NetDescription description;
};

// A checkpoint that Winnow wrote, which says which network it is of. kInvalidArgument for files of other programs.
Result<DescribedNet> LoadDescribedNet(const std::filesystem::path& checkpoint);

// A file that can be run: a checkpoint that Winnow wrote, or a packed net.
struct RunnableNet {
  NetDescription description;
  spec::DataSet data_set;
  NetSource source;
};

// Tells the two apart by their metadata. `tile_size` is that of a checkpoint's layers which are not in the Winograd
// domain. Errors of LoadDescribedNet(), PackedNet::Map() and PackedNet::Open().
Result<RunnableNet> OpenRunnableNet(const std::filesystem::path& file, int tile_size);

// What DeployedNet::Make() makes of the nets that `load` brings.
NetSource SourceOf(std::function<Result<std::shared_ptr<Net>>()> load, int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_STAGE_CHECKPOINT_NET_H_
