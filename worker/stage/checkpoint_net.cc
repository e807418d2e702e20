#include "worker/stage/checkpoint_net.h"

#include <utility>

#include "worker/infer/packed_net.h"
#include "worker/stage/net_stage.h"

namespace winnow::worker {

namespace {

// The data sets whose images the net of a file may be for.
Result<std::vector<spec::DataSet>> Candidates(const std::filesystem::path& checkpoint) {
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Read(checkpoint));
  const Result<NetDescription> description = DescriptionOf(file);
  if (!description || description->classes == 0) return spec::DataSets();
  WINNOW_ASSIGN_OR_RETURN(spec::DataSet folder,
                          spec::FindDataSet(spec::kImageFolder, description->classes, description->image_side));
  return std::vector<spec::DataSet>{std::move(folder)};
}

}  // namespace

Result<LoadedNet> LoadForSomeDataSet(const std::filesystem::path& checkpoint, const std::string& digest,
                                     const spec::ModelParameters& model) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<spec::DataSet> candidates, Candidates(checkpoint));
  Status misfit, first_fault;
  for (const spec::DataSet& data_set : candidates) {
    const Result<spec::Network> network = spec::FindNetwork(model, data_set);
    if (!network && network.error().code() != StatusCode::kInvalidArgument) return Err(network.error());
    if (!network) {
      misfit = network.error();
      continue;  // images of another size may do
    }
    Result<std::shared_ptr<Net>> net = LoadCheckpoint(checkpoint, digest, *network, /*seed=*/0);
    if (net) return LoadedNet{*std::move(net), data_set};
    if (net.error().code() != StatusCode::kInvalidArgument) return Err(net.error());
    if (first_fault.ok()) first_fault = net.error();
  }
  return Err(first_fault.ok() ? misfit : first_fault);
}

Result<DescribedNet> LoadDescribedNet(const std::filesystem::path& checkpoint) {
  WINNOW_ASSIGN_OR_RETURN(const SafetensorsFile file, SafetensorsFile::Read(checkpoint));
  DescribedNet described;
  WINNOW_ASSIGN_OR_RETURN(described.description, DescriptionOf(file));
  spec::ModelParameters model;
  model.name = described.description.model;
  model.width = described.description.width;
  model.graph = described.description.graph;
  model.winograd_relu = described.description.winograd_relu;
  WINNOW_ASSIGN_OR_RETURN(described.loaded, LoadForSomeDataSet(checkpoint, /*digest=*/"", model));
  return described;
}

NetSource SourceOf(std::function<Result<std::shared_ptr<Net>>()> load, int tile_size) {
  NetSource source;
  source.deployed = [load, tile_size]() -> Result<DeployedNet> {
    WINNOW_ASSIGN_OR_RETURN(std::shared_ptr<Net> net, load());
    return DeployedNet::Make(std::move(net), tile_size);
  };
  source.reference = std::move(load);
  return source;
}

Result<RunnableNet> OpenRunnableNet(const std::filesystem::path& file, int tile_size) {
  WINNOW_ASSIGN_OR_RETURN(SafetensorsFile mapped, PackedNet::Map(file));
  if (PackedNet::Is(mapped)) {
    WINNOW_ASSIGN_OR_RETURN(PackedNet opened, PackedNet::Open(std::move(mapped)));
    const auto net = std::make_shared<const PackedNet>(std::move(opened));
    return RunnableNet{
        net->description(), net->data_set(), {[net] { return net->MakeReference(); }, [net] { return net->Deploy(); }}};
  }
  WINNOW_ASSIGN_OR_RETURN(const DescribedNet described, LoadDescribedNet(file));
  const auto load = [file]() -> Result<std::shared_ptr<Net>> {
    WINNOW_ASSIGN_OR_RETURN(DescribedNet again, LoadDescribedNet(file));
    return again.loaded.net;
  };
  const int converted = described.description.tile_size;
  return RunnableNet{described.description, described.loaded.data_set,
                     SourceOf(load, converted != 0 ? converted : tile_size)};
}

}  // namespace winnow::worker
