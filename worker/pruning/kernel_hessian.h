// What a change of a kernel's Winograd-domain coefficients does to the output.
//
// Changing Q by d changes an m x m output tile by A^T (d .* V) A, V the transformed input tile, and so its square by
// d^T M d with M_kl = O_kl E[V_k V_l], O = (A A^T) x (A A^T) (Kronecker, positions row-major). Under white inputs
// E[V_k V_l] is W_kl, W = (B^T B) x (B^T B): science/spatial_winograd_pruning.md sections 3.3 and 8.3; the diagonal of
// M is then the square of the importance factors.
//
// Threads    pure functions. `tile_size` is m, 2 or 4; a = m + 2.
#ifndef WORKER_PRUNING_KERNEL_HESSIAN_H_
#define WORKER_PRUNING_KERNEL_HESSIAN_H_

#include <vector>

namespace winnow::worker {

// O above: [a^2][a^2], symmetric.
std::vector<double> OutputGram(int tile_size);

// W above: [a^2][a^2], symmetric.
std::vector<double> WhiteSecondMoments(int tile_size);

// M under white inputs: [a^2][a^2], symmetric, positive definite.
std::vector<double> WhiteHessian(int tile_size);

// s with sum of an output tile = sum over k of s_k Q_k V_k: [a^2].
std::vector<double> OutputSums(int tile_size);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_KERNEL_HESSIAN_H_
