// The matrix products of a Winograd layer: one for each position of the transformed tile.
//
// Layout   planes are p apart by the strides given (floats); within a plane matrices are row-major and dense.
// Threads  none started for matrices this small where the caller is itself one of several.
#ifndef WORKER_NN_TAP_PRODUCTS_H_
#define WORKER_NN_TAP_PRODUCTS_H_

#include <cstdint>

namespace winnow::worker {

struct TapSizes {
  int64_t positions = 0;
  int64_t out_channels = 0;  // O
  int64_t in_channels = 0;   // C
  int64_t tiles = 0;         // T
  int64_t v_stride = 0;      // of planes of V and dV, [C, T]
  int64_t m_stride = 0;      // of planes of M and dM, [O, T]; those of Q and dQ are O * C
};

// M_p = Q_p V_p
void MultiplyTaps(const TapSizes& sizes, const float* q, const float* v, float* m);

// dQ_p += dM_p V_p^T
void AddFilterGradient(const TapSizes& sizes, const float* dm, const float* v, float* dq);

// dV_p = Q_p^T dM_p
void InputGradient(const TapSizes& sizes, const float* q, const float* dm, float* dv);

}  // namespace winnow::worker

#endif  // WORKER_NN_TAP_PRODUCTS_H_
