#include "worker/stage/checkpoint_net.h"

#include "worker/stage/net_stage.h"

namespace winnow::worker {

Result<LoadedNet> LoadForSomeDataSet(const std::filesystem::path& checkpoint, const std::string& digest,
                                     const spec::ModelParameters& model) {
  Status first_fault;
  for (const spec::DataSet& data_set : spec::DataSets()) {
    Result<spec::Network> network = spec::FindNetwork(model.name, model.width, data_set);
    if (!network) return Err(network.error());
    Result<std::shared_ptr<Net>> net = LoadCheckpoint(checkpoint, digest, *network, /*seed=*/0);
    if (net) return LoadedNet{*std::move(net), data_set};
    if (net.error().code() != StatusCode::kInvalidArgument) return Err(net.error());
    if (first_fault.ok()) first_fault = net.error();
  }
  return Err(first_fault);
}

Result<DescribedNet> LoadDescribedNet(const std::filesystem::path& checkpoint) {
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Read(checkpoint));
  DescribedNet described;
  WINNOW_ASSIGN_OR_RETURN(described.description, DescriptionOf(file));
  spec::ModelParameters model;
  model.name = described.description.model;
  model.width = described.description.width;
  WINNOW_ASSIGN_OR_RETURN(described.loaded, LoadForSomeDataSet(checkpoint, /*digest=*/"", model));
  return described;
}

}  // namespace winnow::worker
