// Packed nets: a deployed net as one safetensors file, its pruned layers as packed filters that are used where the file
// is mapped (docs/formats.md section 11).
#ifndef WORKER_INFER_PACKED_NET_H_
#define WORKER_INFER_PACKED_NET_H_

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "kernels/filter/packed_filter.h"
#include "spec/data_set.h"
#include "worker/checkpoint/checkpoint.h"
#include "worker/infer/deployed_net.h"

namespace winnow::worker {

// A file checked whole: what it says, its checksum, every packed filter.
//
// Ownership  nets made from it keep the mapping; the file may be replaced or removed meanwhile, but not written to.
// Threads    const use from several threads is safe.
class PackedNet {
 public:
  // A safetensors file that is mapped, for Open(). Errors of MapFile() and SafetensorsFile::Borrow().
  static Result<SafetensorsFile> Map(const std::filesystem::path& path);

  // Whether the metadata says that this is a packed net, of whatever version.
  static bool Is(const SafetensorsFile& file);

  // Errors   name the file, the place and the remedy
  //          kInvalidArgument  no packed net; of another version; of a network, or for images, that are not in the
  //                            catalogue; metadata or a packed filter missing or of another layer
  //          kDataLoss         changed after it was written, or no proper packed filter
  static Result<PackedNet> Open(SafetensorsFile file);

  // The net as our kernels run it. Plans that want a filter's layout use it where it lies; others pack it anew.
  // kInvalidArgument lists the tensors that are missing, extra or misshapen, as LoadNet().
  Result<DeployedNet> Deploy() const;
  // The same net in LibTorch's operations alone, filters unpacked: what ours is checked against.
  Result<std::shared_ptr<Net>> MakeReference() const;

  const NetDescription& description() const { return description_; }
  // The first of the catalogue with the channels, sizes and classes of the file.
  const spec::DataSet& data_set() const { return data_set_; }

 private:
  PackedNet(SafetensorsFile file, NetDescription description, spec::DataSet data_set, spec::Network network);
  Status ReadFilters();
  Status ReadFilter(const std::string& layer, const std::string& variant);
  Result<std::shared_ptr<Net>> MakeNetOfPlans() const;

  SafetensorsFile file_;
  NetDescription description_;
  spec::DataSet data_set_;
  spec::Network network_;
  std::map<std::string, kernels::PackedFilter> filters_;  // by layer
};

// Writes `net` durably, its filters packed for batches of `batch` images on LibTorch's present threads and this
// machine's instruction set. Equal nets, batches, threads and instruction sets give equal files.
Status WritePackedNet(const std::filesystem::path& path, DeployedNet& net, const NetDescription& description,
                      int64_t batch);

// The metadata's `checksum`: of all that a file says, wherever in the file it stands.
std::string PackedNetChecksum(const TensorViews& tensors, const StringMap& metadata);

}  // namespace winnow::worker

#endif  // WORKER_INFER_PACKED_NET_H_
