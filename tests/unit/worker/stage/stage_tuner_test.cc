#include "worker/stage/stage_tuner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace winnow::worker {
namespace {

std::filesystem::path PathOf(const std::map<std::string, std::string>& environment) {
  return TuningPath([&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
  });
}

TEST(TuningPath, GoesByTheEnvironment) {
  EXPECT_EQ(PathOf({{"WINNOW_TUNING", "t.txt"}, {"XDG_CACHE_HOME", "/c"}, {"HOME", "/h"}}), "t.txt");
  EXPECT_EQ(PathOf({{"WINNOW_TUNING", ""}, {"XDG_CACHE_HOME", "/c"}, {"HOME", "/h"}}), "/c/winnow/kernel_tuning.txt");
  EXPECT_EQ(PathOf({{"XDG_CACHE_HOME", "relative"}, {"HOME", "/h"}}), "/h/.cache/winnow/kernel_tuning.txt");
  EXPECT_EQ(PathOf({{"HOME", "/h"}}), "/h/.cache/winnow/kernel_tuning.txt");
  EXPECT_EQ(PathOf({}), "");
}

TEST(TuningMachine, IsAWordThatAFileTakes) {
  MachineFingerprint machine;
  machine.cpu = "AMD EPYC \xc2\xb5 9R14";
  EXPECT_TRUE(kernels::CheckTuningMachine(TuningMachine(machine)).ok()) << TuningMachine(machine);
  MachineFingerprint other = machine;
  other.l2_bytes = 1;
  EXPECT_NE(TuningMachine(machine), TuningMachine(other));
}

TEST(StageTuner, IsNoneUnasked) {
  StageTuner tuner("winnow bench", /*autotune=*/false);
  EXPECT_EQ(tuner.tuner(), nullptr);
  tuner.Save();
}

}  // namespace
}  // namespace winnow::worker
