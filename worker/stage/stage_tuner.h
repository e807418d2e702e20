// What `--autotune` means for `winnow bench` and `winnow infer`: tuned plans, remembered in a file of the user's.
#ifndef WORKER_STAGE_STAGE_TUNER_H_
#define WORKER_STAGE_STAGE_TUNER_H_

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "kernels/tuning/kernel_tuner.h"
#include "worker/bench/machine_fingerprint.h"

namespace winnow::worker {

// $WINNOW_TUNING, else winnow/kernel_tuning.txt under $XDG_CACHE_HOME, else under $HOME/.cache; empty where none is
// set. `environment` is std::getenv, but for tests.
std::filesystem::path TuningPath(const std::function<const char*(const char*)>& environment);

// The fingerprint in one word, as TuningKey::machine wants it: its digest, or what a timing depends on besides
// libraries in a build without.
std::string TuningMachine(const MachineFingerprint& machine);

// A file that cannot be used or written costs a warning on stderr, once: tuning then goes on without memory.
class StageTuner {
 public:
  // `program` begins the warning. Without `autotune` there is no tuner.
  StageTuner(std::string program, bool autotune);

  const std::shared_ptr<kernels::KernelTuner>& tuner() const { return tuner_; }  // null for none
  void Save();

 private:
  void Warn(const std::string& why);

  std::string program_;
  std::shared_ptr<kernels::KernelTuner> tuner_;
  bool warned_ = false;
};

}  // namespace winnow::worker

#endif  // WORKER_STAGE_STAGE_TUNER_H_
