// A filter's values into the layouts of the products, and its gradient out of them. Internal to kernels/train.
#ifndef KERNELS_TRAIN_TRAINING_FILTER_H_
#define KERNELS_TRAIN_TRAINING_FILTER_H_

#include <span>

#include "kernels/train/training_state.h"

namespace winnow::kernels {

// q [out_channels][in_channels][alpha][alpha]; of a pattern only what it keeps is read.
void SetValues(std::span<const float> q, ParallelFor parallel_for, TrainingConv::State& state);

// wanted.dq = the sum of `gradients`, those of all ranges, times wanted.scale; zeros where the pattern keeps nothing.
void CollectGradient(const TrainingConv::State& state, const float* gradients, const TrainingGradients& wanted,
                     ParallelFor parallel_for);

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_TRAINING_FILTER_H_
