// What making batches of images costs, beside the steps of training that take them.
#ifndef WORKER_BENCH_BATCH_TIMING_H_
#define WORKER_BENCH_BATCH_TIMING_H_

#include <cstdint>

#include "spec/data_set.h"

namespace winnow::worker {

// Milliseconds of one thread for a batch of `batch` images of `data_set` in memory, cut at random and mirrored as a
// training does it by default: the quickest of several epochs. The pixels are random. Not for kImageFolder.
double TimeBatch(const spec::DataSet& data_set, int64_t batch);

}  // namespace winnow::worker

#endif  // WORKER_BENCH_BATCH_TIMING_H_
