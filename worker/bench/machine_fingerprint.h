// What a timing depends on besides the code: the processor, its caches and the libraries timed.
//
// Two hosts with the same digest may share benchmark results (docs/formats.md section 3); the kernel's version, the
// host's name and the clock of the moment are left out on purpose.
#ifndef WORKER_BENCH_MACHINE_FINGERPRINT_H_
#define WORKER_BENCH_MACHINE_FINGERPRINT_H_

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/json.h"

namespace winnow::worker {

struct MachineFingerprint {
  std::string cpu;     // the model's name as the kernel gives it; "unknown" where it gives none
  int64_t family = 0;  // 0 where unknown, as are the next two
  int64_t model = 0;
  int64_t stepping = 0;
  int64_t cores = 0;      // that are on line
  std::string isa;        // the widest path of our kernels that runs here
  int64_t l1d_bytes = 0;  // of one core; 0 where unknown, as are the next two
  int64_t l2_bytes = 0;
  int64_t l3_bytes = 0;  // of the share that core 0 is in
  std::string onednn;    // version, or "none"
  std::string libtorch;  // version
  std::string os;        // "debian 12"

  // Every member and `digest`: the SHA-256 of the canonical JSON (sorted members, no spaces) of all the others, "" in
  // a build without OpenSSL (docs/decisions/0006).
  Json ToJson() const;
};

// The files read, as an argument so that tests can show other machines.
struct MachineFiles {
  std::filesystem::path cpuinfo = "/proc/cpuinfo";
  std::filesystem::path cpu_folder = "/sys/devices/system/cpu";
  std::filesystem::path os_release = "/etc/os-release";
};

// Fills what the files tell; libraries and ISA are the caller's. A file that is missing leaves its members unknown: a
// fingerprint is never an error.
MachineFingerprint ReadMachine(const MachineFiles& files);

// This machine with the libraries in this process.
MachineFingerprint ThisMachine();

}  // namespace winnow::worker

#endif  // WORKER_BENCH_MACHINE_FINGERPRINT_H_
