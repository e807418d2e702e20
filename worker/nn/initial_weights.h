// Random initial weights.
#ifndef WORKER_NN_INITIAL_WEIGHTS_H_
#define WORKER_NN_INITIAL_WEIGHTS_H_

#include <cstdint>

#include "worker/nn/net.h"

namespace winnow::worker {

// Convolutions N(0, deviation^2), or where that is 0 N(0, 2 / (in_channels * kernel^2)) (He et al. 2015), linear layers
// uniform in +-1 / sqrt(in), biases 0.
// Every number is f(seed, place of the parameter in the net, index), so it does not depend on LibTorch's generators.
void SetInitialWeights(Net& net, uint64_t seed, double deviation = 0.0);

}  // namespace winnow::worker

#endif  // WORKER_NN_INITIAL_WEIGHTS_H_
