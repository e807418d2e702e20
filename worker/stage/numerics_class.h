// What, besides the stage's parameters, decides the bits of its result on this machine.
#ifndef WORKER_STAGE_NUMERICS_CLASS_H_
#define WORKER_STAGE_NUMERICS_CLASS_H_

#include <string>

namespace winnow::worker {

// "isa=avx512;libtorch=1.13.0/AVX2;onednn=2.6.3;blas=OpenBLAS 0.3.21/SkylakeX;threads=2": the widest path of our
// kernels, LibTorch with the path it dispatches to, oneDNN, the BLAS with its core type, threads. Results of one class
// repeat bit for bit; between classes they only agree closely.
std::string NumericsClass(int threads);

// "OpenBLAS 0.3.21/SkylakeX", "MKL", or "unknown".
std::string BlasName();

}  // namespace winnow::worker

#endif  // WORKER_STAGE_NUMERICS_CLASS_H_
