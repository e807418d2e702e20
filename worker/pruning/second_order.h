// Second-order pruning of one kernel: which coefficients to give up, in which order, and how to move the others.
//
// With the output's change d^T M d (worker/pruning/kernel_hessian.h), giving up coefficient k of q and moving the
// others best costs q_k^2 / (M^-1)_kk and moves q by -(M^-1)_.k q_k / (M^-1)_kk; M^-1 then loses row and column k
// (Hassibi and Stork's optimal brain surgeon, one coefficient at a time as in Frantar and Alistarh, arXiv 2208.11580).
//
// Layout     matrices [n][n], symmetric; vectors [n]; n at most 64.
// Threads    pure functions.
#ifndef WORKER_PRUNING_SECOND_ORDER_H_
#define WORKER_PRUNING_SECOND_ORDER_H_

#include <cstdint>
#include <span>
#include <vector>

namespace winnow::worker {

// The inverse of a positive definite matrix; empty where it is not one (to rounding).
std::vector<double> InverseOf(std::span<const double> matrix, size_t n);

// What giving up each coefficient costs when all are given up one after the other, the cheapest first. A later one
// never counts for less than one before it, so that those below any threshold are the first of the order.
// costs[k] >= 0; 0 for coefficients that are 0.
void RemovalCosts(std::span<const double> inverse_hessian, std::span<const float> q, std::span<double> costs);

// The survivors (kept != 0) moved so that d^T M d is least, d the whole change: q_S + M_SS^-1 M_SP q_P; the others 0.
// `out` may be `q`. Where M_SS is not positive definite the survivors stay as they are.
void Compensate(std::span<const double> hessian, std::span<const float> q, std::span<const uint8_t> kept,
                std::span<float> out);

// M_SS^-1 at rows and columns of survivors, 0 elsewhere: [n][n].
std::vector<double> SurvivorInverse(std::span<const double> hessian, std::span<const uint8_t> kept);

}  // namespace winnow::worker

#endif  // WORKER_PRUNING_SECOND_ORDER_H_
