// What dropout becomes in a net whose convolutions are pruned.
//
// Threads    pure functions.
#ifndef WORKER_PRUNING_DROPOUT_RATES_H_
#define WORKER_PRUNING_DROPOUT_RATES_H_

#include <map>
#include <string>
#include <vector>

#include "spec/dropout_shrinking.h"
#include "spec/network.h"

namespace winnow::worker {

// p (1 - rate)^0.75 or p sqrt(0.7 (1 - rate)), or p.
double ShrunkProbability(double probability, double rate, spec::DropoutShrinking shrinking);

// The probability of every dropout of the network, in the order of computation. `rates` has the rate of every layer
// that is pruned: a dropout shrinks by that of the first convolution behind it, and not at all where that one is not
// pruned or a linear layer comes first (science/spatial_winograd_pruning.md section 3.4: ConvPool-CNN-C, but not
// VGG-nagadomi).
std::vector<double> DropoutProbabilities(const spec::Network& network, const std::map<std::string, double>& rates,
                                         spec::DropoutShrinking shrinking);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_DROPOUT_RATES_H_
