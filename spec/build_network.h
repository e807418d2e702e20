// From the layers a user wrote down to a network: who feeds whom, in which order, and with what shapes.
#ifndef SPEC_BUILD_NETWORK_H_
#define SPEC_BUILD_NETWORK_H_

#include <optional>
#include <string>

#include "spec/data_set.h"
#include "spec/fault_list.h"
#include "spec/layer_graph.h"
#include "spec/network.h"

namespace winnow::spec {

// The network of `graph` for the images and classes of `data_set`; its name is kGraphModel. Nothing where there are
// faults, which are added with their JSON pointers below `pointer`:
//
//   two layers of one name, a name that cannot be one of weights, a missing or too many inputs, an input that no layer
//   is called, layers in a circle, an output that nobody takes, shapes that do not go together, logits of another
//   number than the data set has classes, layers too large to count their work
std::optional<Network> BuildNetwork(const LayerGraph& graph, const DataSet& data_set, const std::string& pointer,
                                    FaultList& faults);

}  // namespace winnow::spec

#endif  // SPEC_BUILD_NETWORK_H_
