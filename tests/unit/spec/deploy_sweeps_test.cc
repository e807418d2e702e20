// The specs that come with Winnow.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

// Those of a folder, by path.
std::map<std::string, std::string> TextsIn(const std::string& folder) {
  std::map<std::string, std::string> texts;
  for (const auto& entry : std::filesystem::directory_iterator(WINNOW_SOURCE_FOLDER + folder)) {
    if (entry.path().extension() != ".json") continue;
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    texts[entry.path().string()] = text.str();
  }
  return texts;
}

TEST(DeploySweeps, HaveNoFaults) {
  const std::map<std::string, std::string> texts = TextsIn("/deploy/sweeps");
  EXPECT_GE(texts.size(), 9U);
  for (const auto& [path, text] : texts) EXPECT_EQ(ToStatus(FaultsOf(text)).message(), "") << path;
}

// Of one dense training, that of the main job too.
TEST(DeploySweeps, AblationsShareTheDenseNetOfTheMainJob) {
  const std::map<std::string, std::string> texts = TextsIn("/deploy/sweeps");
  const SweepSpec main = MustParse(texts.at(WINNOW_SOURCE_FOLDER "/deploy/sweeps/fashion-mnist.json"));
  const SweepSpec ablations = MustParse(texts.at(WINNOW_SOURCE_FOLDER "/deploy/sweeps/ablations-fashion.json"));
  EXPECT_EQ(ablations.model, main.model);
  EXPECT_EQ(ablations.data, main.data);
  EXPECT_EQ(ablations.training, main.training);
  EXPECT_EQ(ablations.layers, main.layers);
  EXPECT_EQ(ablations.resources.For(StageKind::kTrain).threads, main.resources.For(StageKind::kTrain).threads);
  EXPECT_EQ(ablations.methods.size(), 14U);
}

}  // namespace
}  // namespace winnow::spec
