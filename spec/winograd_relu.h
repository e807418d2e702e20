// Networks with ReLUs in the Winograd domain (Liu et al. 2018): behind the transform of the input, not before it.
#ifndef SPEC_WINOGRAD_RELU_H_
#define SPEC_WINOGRAD_RELU_H_

#include <string>
#include <vector>

#include "base/result.h"
#include "spec/network.h"

namespace winnow::spec {

// The prunable convolutions, in the order of computation and without those of `exclude`, whose ReLU can move into them:
// those that take the output of a ReLU, max pools of one taker, dropouts and channels of zeros between them
// allowed, for with these a ReLU may change places. Others, such as the first one of a net, have no ReLU to move.
std::vector<std::string> WinogradReluLayers(const Network& network, const std::vector<std::string>& exclude);

// The network in which each of `layers` takes what came before its ReLU and is marked Layer::winograd_relu. A ReLU that
// somebody else takes too, a shortcut for one, stays for him. kInvalidArgument names layers that cannot.
Result<Network> WithWinogradRelu(Network network, const std::vector<std::string>& layers);

}  // namespace winnow::spec

#endif  // SPEC_WINOGRAD_RELU_H_
