#include "worker/bench/library_versions.h"

#include <ATen/Version.h>
#include <torch/version.h>

#include "kernels/isa/isa.h"
#include "worker/bench/machine_fingerprint.h"

#ifdef WINNOW_WITH_ONEDNN
#include <oneapi/dnnl/dnnl.h>
#endif

namespace winnow::worker {

std::string LibTorchVersion() { return TORCH_VERSION; }

std::string OnednnVersion() {
#ifdef WINNOW_WITH_ONEDNN
  const dnnl_version_t* version = dnnl_version();
  return std::to_string(version->major) + "." + std::to_string(version->minor) + "." + std::to_string(version->patch);
#else
  // "Intel(R) MKL-DNN v2.6.3 (Git Hash N/A)"
  const std::string text = at::get_mkldnn_version();
  const size_t at = text.find(" v");
  if (at == std::string::npos) return "none";
  return text.substr(at + 2, text.find(' ', at + 2) - at - 2);
#endif
}

bool HasOnednnPeers() {
#ifdef WINNOW_WITH_ONEDNN
  return true;
#else
  return false;
#endif
}

MachineFingerprint ThisMachine() {
  MachineFingerprint machine = ReadMachine({});
  machine.isa = kernels::IsaName(kernels::BestIsa());
  machine.libtorch = LibTorchVersion();
  machine.onednn = OnednnVersion();
  return machine;
}

}  // namespace winnow::worker
