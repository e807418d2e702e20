#include "base/logging.h"

#include <gmock/gmock.h>

namespace winnow {
namespace {

TEST(Logging, WritesTimeLevelProgramAndMessageToStderr) {
  ::testing::internal::CaptureStderr();
  ::testing::internal::CaptureStdout();
  InitLogging("winnowd", "info");
  spdlog::debug("hidden");
  spdlog::info("serving on {}", "x");
  spdlog::default_logger()->flush();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::MatchesRegex("[0-9-]+T[0-9:.]+Z info winnowd: serving on x\n"));
  EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
}

TEST(Logging, LevelsAreKnown) {
  InitLogging("x", "warn");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::warn);
  InitLogging("x", "off");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::off);
  InitLogging("x", "whatever");
  EXPECT_EQ(spdlog::get_level(), spdlog::level::info);
}

}  // namespace
}  // namespace winnow
