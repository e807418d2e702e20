// winnow-stage: runs one stage, describes itself, times kernels, or packs a net. Usable by hand; see docs/formats.md
// section 4.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/subprocess.h"
#include "worker/nn/allocator.h"
#include "worker/stage/arguments.h"
#include "worker/stage/bench_command.h"
#include "worker/stage/bench_step_command.h"
#include "worker/stage/describe.h"
#include "worker/stage/infer_command.h"
#include "worker/stage/pack_command.h"
#include "worker/stage/run_stage.h"
#include "worker/stage/stop_signal.h"

namespace winnow::worker {
namespace {

int RunRequest(const StageArguments& arguments) {
  if (arguments.lifeline >= 0) WatchLifeline(arguments.lifeline, kExitFailed);
  InstallStopSignal();
  EventWriter events(STDOUT_FILENO, SystemClock());
  return RunStage(arguments.request, events, *SystemClock(), StopSignalled);
}

int Main(const std::vector<std::string>& words) {
  KeepFreedMemory();
  if (!words.empty() && words.front() == "bench") return RunBenchCommand({words.begin() + 1, words.end()});
  if (!words.empty() && words.front() == "infer") return RunInferCommand({words.begin() + 1, words.end()});
  if (!words.empty() && words.front() == "bench-step") return RunBenchStepCommand({words.begin() + 1, words.end()});
  if (!words.empty() && words.front() == "pack") return RunPackCommand({words.begin() + 1, words.end()});
  const Result<StageArguments> arguments = ParseStageArguments(words);
  if (!arguments) {
    std::fprintf(stderr, "winnow-stage: %s\n\n%s", arguments.error().message().c_str(), kStageUsage);
    return kExitUsage;
  }
  switch (arguments->action) {
    case StageAction::kHelp:
      std::fputs(kStageUsage, stdout);
      return kExitDone;
    case StageAction::kDescribe:
      std::printf("%s\n", DumpJson(Describe()).c_str());
      return kExitDone;
    case StageAction::kRun:
      return RunRequest(*arguments);
  }
  return kExitUsage;
}

}  // namespace
}  // namespace winnow::worker

int main(int argc, char** argv) {
  const int status = winnow::worker::Main({argv + 1, argv + argc});
  std::fflush(nullptr);
  // Not through exit(): unloading LibTorch and 280 libraries behind it takes longer than many a stage's last step, and
  // everything of ours is written and synced.
  ::_exit(status);
}
