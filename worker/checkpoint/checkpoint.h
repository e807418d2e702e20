// Nets and resume points as files (docs/formats.md section 7).
#ifndef WORKER_CHECKPOINT_CHECKPOINT_H_
#define WORKER_CHECKPOINT_CHECKPOINT_H_

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/layer_graph.h"
#include "worker/checkpoint/safetensors.h"
#include "worker/nn/net.h"

namespace winnow::worker {

// What a checkpoint says about the net it holds. Nothing here depends on time, host or path.
struct NetDescription {
  std::string model;
  double width = 1.0;
  int tile_size = 0;  // 0: no layer is in the Winograd domain
  double spatial_rate = 0.0;
  double winograd_rate = 0.0;
  // Of a network, and of images, that are not of the catalogue; writers take them from the net.
  std::optional<spec::LayerGraph> graph;
  int classes = 0;                         // 0: those of a data set of the catalogue
  int image_side = 0;                      // likewise
  std::vector<std::string> winograd_relu;  // layers with their ReLU in the Winograd domain; likewise
  friend bool operator==(const NetDescription&, const NetDescription&) = default;
};

// The state from which a stage goes on. Masks and optimizer state are CPU tensors.
struct ResumePoint {
  int64_t epoch = 0;                                  // epochs finished
  int64_t step = 0;                                   // steps finished in the epoch after them
  std::string numerics_class;                         // that this was computed with
  std::string stage;                                  // "stages/KEY"
  std::map<std::string, torch::Tensor> masks;         // by layer name; U8, 1 = kept
  std::map<std::string, torch::Tensor> optimizer;     // by "PARAMETER.STATE": "conv0.weight.momentum_buffer"
  std::map<std::string, torch::Tensor> dense_copies;  // by layer name: kernels without their masks, of dense-copy
  StringMap notes;                                    // whatever else the stage needs, metadata under "note.NAME"
};

// Writes `net` (batch-norm statistics included) durably. Equal nets give equal files.
Status SaveNet(const std::filesystem::path& path, const Net& net, const NetDescription& description);
Status SaveResumePoint(const std::filesystem::path& path, const Net& net, const NetDescription& description,
                       const ResumePoint& point);

// Fills `net`, whose convolutions must already live in the domains the file has them in.
//
// Errors   kDataLoss           as SafetensorsFile::Read
//          kInvalidArgument    lists every tensor that is missing, extra, of another shape or not float32; `net` is
//                              then untouched
// num_batches_tracked is ignored, as are a resume point's own tensors.
Status LoadNet(const SafetensorsFile& file, Net& net);
// The same from tensors of a file, where the others are somebody else's.
Status LoadState(const TensorViews& tensors, const std::string& file, Net& net);

// Converts the layers of `net` that are in the Winograd domain in the file (which have a NAME.winograd_weight there),
// then LoadNet: what most callers want. Files of other programs (PyTorch's names, any metadata) are welcome.
// kInvalidArgument besides where the file says that other layers have their ReLU in the Winograd domain than the net's.
Status LoadNetInAnyForm(const SafetensorsFile& file, Net& net);

// kInvalidArgument where the metadata is not a winnow checkpoint's.
Result<NetDescription> DescriptionOf(const SafetensorsFile& file);

// What checkpoints and packed nets (worker/infer/packed_net.h) have in common: parameters and buffers by name, but for
// PyTorch's batch counts; the metadata of a checkpoint; and a description from metadata of either format.
std::map<std::string, torch::Tensor> StateOf(const Net& net);
StringMap MetadataOf(const Net& net, const NetDescription& description);
Result<NetDescription> ReadDescription(const SafetensorsFile& file);

// kInvalidArgument where the file is no resume point.
Result<ResumePoint> ResumePointOf(const SafetensorsFile& file);

}  // namespace winnow::worker

#endif  // WORKER_CHECKPOINT_CHECKPOINT_H_
