#include "spec/network.h"

#include <algorithm>

#include "spec/build_network.h"
#include "spec/catalogue_networks.h"
#include "spec/nearest_name.h"

namespace winnow::spec {
namespace {

constexpr double kWidest = 4.0;

const CatalogueNetwork* FindInCatalogue(std::string_view name) {
  const std::vector<CatalogueNetwork>& networks = CatalogueNetworks();
  const auto found =
      std::find_if(networks.begin(), networks.end(), [&](const CatalogueNetwork& known) { return known.name == name; });
  return found == networks.end() ? nullptr : &*found;
}

// "a", "a and b", "a, b and c".
std::string Listed(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 < names.size() ? ", " : " and ") + names[i];
  return text;
}

Result<Network> Build(const LayerGraph& graph, const DataSet& data_set, const std::string& what) {
  FaultList faults;
  std::optional<Network> network = BuildNetwork(graph, data_set, "", faults);
  if (network) return *std::move(network);
  return Err(ToStatus(faults.Take()).WithContext(what + " for the images of " + data_set.name));
}

}  // namespace

int64_t Layer::multiplications() const {
  return int64_t{in_channels} * out_channels * kernel * kernel * output_height() * output_width();
}

int64_t Layer::tiles(int m) const { return int64_t{(output_height() + m - 1) / m} * ((output_width() + m - 1) / m); }

int64_t Layer::winograd_multiplications(int m) const {
  return tiles(m) * (m + 2) * (m + 2) * in_channels * out_channels;
}

const Layer* Network::FindLayer(std::string_view layer_name) const {
  for (const Layer& layer : layers) {
    if (layer.name == layer_name) return &layer;
  }
  return nullptr;
}

std::vector<std::string> NetworkNames() {
  std::vector<std::string> names;
  for (const CatalogueNetwork& network : CatalogueNetworks()) names.push_back(network.name);
  return names;
}

std::vector<std::string> ModelNames() {
  std::vector<std::string> names = NetworkNames();
  names.emplace_back(kGraphModel);
  return names;
}

bool TakesWidth(std::string_view network) {
  const CatalogueNetwork* const known = FindInCatalogue(network);
  return known != nullptr && known->takes_width;
}

std::vector<std::string> NetworksWithWidth() {
  std::vector<std::string> names = NetworkNames();
  std::erase_if(names, [](const std::string& name) { return !TakesWidth(name); });
  return names;
}

Result<Network> FindNetwork(std::string_view name, double width, const DataSet& data_set) {
  const CatalogueNetwork* const known = FindInCatalogue(name);
  if (known == nullptr) {
    return Err(NotFound("no network is called \"" + std::string(name) + "\"; " + SuggestNames(name, NetworkNames())));
  }
  if (!(width > 0.0 && width <= kWidest)) {
    return Err(InvalidArgument("the width of " + known->name + " must be above 0 and at most 4"));
  }
  if (width != 1.0 && !known->takes_width) {
    return Err(InvalidArgument("the width of " + known->name + " can only be 1; of the networks, only " +
                               Listed(NetworksWithWidth()) + " take another"));
  }
  WINNOW_ASSIGN_OR_RETURN(Network network, Build(known->make(width, data_set.classes), data_set, known->name));
  network.name = known->name;
  network.width = width;
  return network;
}

Result<Network> FindNetwork(std::string_view name, double width, const std::optional<LayerGraph>& graph,
                            const DataSet& data_set) {
  if (!graph) return FindNetwork(name, width, data_set);
  return Build(*graph, data_set, "the graph of layers");
}

}  // namespace winnow::spec
