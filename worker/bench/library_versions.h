// Versions of the libraries in this process, as fingerprint and numerics class name them.
#ifndef WORKER_BENCH_LIBRARY_VERSIONS_H_
#define WORKER_BENCH_LIBRARY_VERSIONS_H_

#include <string>

namespace winnow::worker {

std::string LibTorchVersion();  // "1.13.0"
std::string OnednnVersion();    // of the oneDNN that is loaded, LibTorch's where we link none; "none" without
// Whether this build can time oneDNN itself as a peer.
bool HasOnednnPeers();

}  // namespace winnow::worker

#endif  // WORKER_BENCH_LIBRARY_VERSIONS_H_
