#include "worker/stage/stage_tuner.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace winnow::worker {

std::filesystem::path TuningPath(const std::function<const char*(const char*)>& environment) {
  const auto value = [&](const char* name) {
    const char* const text = environment(name);
    return std::filesystem::path(text != nullptr ? text : "");
  };
  if (const std::filesystem::path file = value("WINNOW_TUNING"); !file.empty()) return file;
  // A relative XDG_CACHE_HOME is to be ignored, says the XDG base directory specification.
  std::filesystem::path cache = value("XDG_CACHE_HOME");
  if (!cache.is_absolute()) cache = value("HOME").empty() ? "" : value("HOME") / ".cache";
  return cache.empty() ? cache : cache / "winnow" / "kernel_tuning.txt";
}

std::string TuningMachine(const MachineFingerprint& machine) {
  const Json json = machine.ToJson();
  if (const std::string digest = json.at("digest"); !digest.empty()) return digest;
  std::string text = machine.cpu + "-" + machine.isa;
  for (const int64_t member : {machine.family, machine.model, machine.stepping, machine.cores, machine.l1d_bytes,
                               machine.l2_bytes, machine.l3_bytes}) {
    text += "-" + std::to_string(member);
  }
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~' || c == '#'; }, '_');
  return text;
}

StageTuner::StageTuner(std::string program, bool autotune) : program_(std::move(program)) {
  if (!autotune) return;
  const std::string machine = TuningMachine(ThisMachine());
  const std::filesystem::path path = TuningPath(std::getenv);
  Result<kernels::KernelTuner> tuner =
      path.empty() ? Err(NotFound("neither WINNOW_TUNING nor XDG_CACHE_HOME nor HOME says where tuned kernels lie"))
                   : kernels::KernelTuner::Open(path, machine);
  if (!tuner) {
    Warn(tuner.error().message());
    tuner = kernels::KernelTuner::WithoutFile(machine);
  }
  if (tuner) tuner_ = std::make_shared<kernels::KernelTuner>(*std::move(tuner));
}

void StageTuner::Save() {
  if (!tuner_) return;
  if (const Status status = tuner_->Save(); !status.ok()) Warn(status.message());
}

void StageTuner::Warn(const std::string& why) {
  if (!std::exchange(warned_, true)) {
    std::fprintf(stderr, "%s: warning: %s; what is tuned now will not be remembered\n", program_.c_str(), why.c_str());
  }
}

}  // namespace winnow::worker
