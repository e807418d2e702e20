// The running averages of batch norm, measured anew.
#ifndef WORKER_REFIT_BATCH_NORM_AVERAGES_H_
#define WORKER_REFIT_BATCH_NORM_AVERAGES_H_

#include <cstdint>
#include <functional>

#include "worker/nn/net.h"
#include "worker/refit/image_sample.h"

namespace winnow::worker {

// Sets the running mean and variance of every batch norm to the plain averages over batches of `images` images of the
// sample: after weights have changed without training. Nothing else of the net changes. `go_on` is asked between
// batches; once it says no the averages are of what was seen, and false comes back.
bool RemeasureBatchNorm(Net& net, const ImageSample& sample, int64_t images, const std::function<bool()>& go_on);

}  // namespace winnow::worker

#endif  // WORKER_REFIT_BATCH_NORM_AVERAGES_H_
