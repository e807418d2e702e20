#include "worker/stage/numerics_class.h"

#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

#include "kernels/isa/isa.h"
#include "worker/bench/library_versions.h"

namespace winnow::worker {
namespace {

// Raised when loops of ours, or our Winograd layer by LibTorch's operations, begin to round differently, so that a
// resume point from before is not gone on from.
constexpr int kArithmetic = 3;

// Which vector path LibTorch's own loops take ("CPU capability usage: AVX2" in its configuration).
std::string LibTorchPath() {
  const std::string config = at::show_config();
  constexpr std::string_view kLabel = "CPU capability usage: ";
  const size_t at = config.find(kLabel);
  if (at == std::string::npos) return "unknown";
  const size_t begin = at + kLabel.size();
  return config.substr(begin, config.find('\n', begin) - begin);
}

}  // namespace

std::string BlasName() {
  // Asked at run time: which BLAS is behind libblas.so.3 is the machine's choice (Debian's alternatives).
  using Text = char* (*)();
  const auto config = reinterpret_cast<Text>(::dlsym(RTLD_DEFAULT, "openblas_get_config"));
  const auto core = reinterpret_cast<Text>(::dlsym(RTLD_DEFAULT, "openblas_get_corename"));
  if (config != nullptr && core != nullptr) {
    const std::string text = config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
    const size_t version_end = text.find(' ', text.find(' ') + 1);
    return text.substr(0, version_end) + "/" + core();
  }
  return at::get_mkl_version().find("not found") == std::string::npos ? "MKL" : "unknown";
}

std::string NumericsClass(int threads) {
  return "arithmetic=" + std::to_string(kArithmetic) + ";isa=" + std::string(kernels::IsaName(kernels::BestIsa())) +
         ";libtorch=" + LibTorchVersion() + "/" + LibTorchPath() + ";onednn=" + OnednnVersion() +
         ";blas=" + BlasName() + ";threads=" + std::to_string(threads);
}

}  // namespace winnow::worker
