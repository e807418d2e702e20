// The three products of a block of tiles, for every position. Internal to kernels/train.
#ifndef KERNELS_TRAIN_TRAINING_PRODUCTS_H_
#define KERNELS_TRAIN_TRAINING_PRODUCTS_H_

#include "kernels/train/training_state.h"

namespace winnow::kernels {

// M_p = Q_p V_p, of the first `vectors` vectors of tiles.
void MultiplyForward(const TrainingConv::State& state, const BlockMatrix& v, const BlockMatrix& m, int vectors);

// dV_p = Q_p^T dM_p
void MultiplyTransposed(const TrainingConv::State& state, const BlockMatrix& dm, const BlockMatrix& dv, int vectors);

// gradient += dM_p V_p^T; `gradient` of one range, as TrainingConv::State says.
void AddGradient(const TrainingConv::State& state, const BlockMatrix& v, const BlockMatrix& dm, int vectors,
                 float* gradient);

}  // namespace winnow::kernels

#endif  // KERNELS_TRAIN_TRAINING_PRODUCTS_H_
