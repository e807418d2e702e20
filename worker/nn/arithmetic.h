// Who computes a net's training: loops of ours, or LibTorch's operations.
#ifndef WORKER_NN_ARITHMETIC_H_
#define WORKER_NN_ARITHMETIC_H_

namespace winnow::worker {

// The same mathematics either way, to rounding. kLibTorch is what a user of LibTorch would write, differentiated by its
// autograd: the reference that ours is held against, in results and in speed.
enum class Arithmetic { kOurs, kLibTorch };

}  // namespace winnow::worker

#endif  // WORKER_NN_ARITHMETIC_H_
