// The specs that come with Winnow.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

// Those of a folder and the folders in it, by path.
std::map<std::string, std::string> TextsIn(const std::string& folder) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(WINNOW_SOURCE_FOLDER + folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts[entry.path().string()] = text.str();
  }
  return texts;
}

TEST(DeploySweeps, HaveNoFaults) {
  const std::map<std::string, std::string> texts = TextsIn("/deploy/sweeps");
  EXPECT_GE(texts.size(), 20U);
  for (const auto& [path, text] : texts) EXPECT_EQ(ToStatus(FaultsOf(text)).message(), "") << path;
}

// One dense training serves all ablations, and the main job.
TEST(DeploySweeps, AblationsShareTheDenseNetOfTheMainJob) {
  const SweepSpec main =
      MustParse(TextsIn("/deploy/sweeps").at(WINNOW_SOURCE_FOLDER "/deploy/sweeps/fashion-mnist.json"));
  for (const auto& [path, text] : TextsIn("/deploy/sweeps/ablations-fashion")) {
    const SweepSpec spec = MustParse(text);
    EXPECT_EQ(spec.model, main.model) << path;
    EXPECT_EQ(spec.data, main.data) << path;
    EXPECT_EQ(spec.training, main.training) << path;
    EXPECT_EQ(spec.layers, main.layers) << path;
    EXPECT_EQ(spec.resources.For(StageKind::kTrain).threads, main.resources.For(StageKind::kTrain).threads) << path;
  }
}

}  // namespace
}  // namespace winnow::spec
