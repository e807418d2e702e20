// What a chain of tiny stages computes, as it was when the versions of spec/stage_kind.h were set.
//
// When a test here fails, the numbers of some kind of stage have changed: results that are stored under its keys no
// longer say what the code computes. Raise the kind's version, and put the new numbers here in the same commit.
#include <gtest/gtest.h>

#include <map>

#include "spec/stage_kind.h"
#include "tests/unit/worker/stage/tiny_stage.h"
#include "worker/bench/machine_fingerprint.h"
#include "worker/stage/numerics_class.h"

namespace winnow::worker {
namespace {

struct GoldenChain {
  double train_loss, spatial_loss, winograd_loss, evaluate_loss;
  std::string digest;  // of the pruned net's checkpoint
};

// Runs train, spatial_prune, winograd_prune, evaluate.
void RunChain(const TestFolder& folder, GoldenChain* found) {
  const auto at = [&](const char* name) { return folder.path() / name; };
  const auto run = [&](const std::string& kind, const Json& parameters, const char* name, const char* parent) {
    const StageRun stage =
        RunInProcess(StageRequestJson(kind, parameters, at(name), *parent == 0 ? std::filesystem::path() : at(parent)));
    EXPECT_EQ(stage.exit_code, 0) << stage.Text();
    return stage.exit_code == 0 ? stage.Values() : Json{{"train_loss", 0.0}, {"loss", 0.0}};
  };
  found->train_loss = run("train", TrainParametersJson(2), "dense", "").at("train_loss");
  found->spatial_loss = run("spatial_prune", SpatialPruneParametersJson(4, 0.3, 1), "s", "dense").at("train_loss");
  found->winograd_loss = run("winograd_prune", WinogradPruneParametersJson(4, 0.5, 1), "w", "s").at("train_loss");
  found->evaluate_loss = run("evaluate", EvaluateParametersJson(4), "e", "w").at("loss");
  found->digest = CheckpointDigest(at("w"));
}

// For versions 1, 1, 1, 1 of the four kinds.
const GoldenChain kGolden = {1.4350807, 1.2395771, 1.2500702, 1.1212188, ""};

TEST(Golden, VersionsAreThoseOfTheNumbers) {
  for (const spec::StageKind kind : {spec::StageKind::kTrain, spec::StageKind::kSpatialPrune,
                                     spec::StageKind::kWinogradPrune, spec::StageKind::kEvaluate}) {
    EXPECT_EQ(spec::StageKindVersion(kind), 1)
        << "new version of " << spec::StageKindName(kind) << ": put its numbers into this file";
  }
}

// Between numerics classes results differ by rounding only, which ReLU and pools make larger from step to step:
// LibTorch's arithmetic gives 1.2394 after the Winograd stage. Changes of method, order or randomness show by far more:
// without the division of gradients it is 1.4675.
TEST(Golden, LossesAreThoseOfTheVersionOnEveryMachine) {
  if (!IsRealFashionMnist()) GTEST_SKIP() << "needs Fashion-MNIST (apt install dataset-fashion-mnist)";
  const TestFolder folder;
  GoldenChain found;
  RunChain(folder, &found);
  EXPECT_NEAR(found.train_loss, kGolden.train_loss, 3e-3);
  EXPECT_NEAR(found.spatial_loss, kGolden.spatial_loss, 3e-3);
  EXPECT_NEAR(found.winograd_loss, kGolden.winograd_loss, 2e-2);
  EXPECT_NEAR(found.evaluate_loss, kGolden.evaluate_loss, 2e-2);
}

// Bit for bit where the bits are known: oneDNN's code is chosen by the processor's model besides the class, and other
// builds than release ones round otherwise.
TEST(Golden, CheckpointIsTheSameBitForBitOnKnownMachines) {
#ifndef NDEBUG
  GTEST_SKIP() << "the digests are those of release builds";
#endif
  if (!IsRealFashionMnist()) GTEST_SKIP() << "needs Fashion-MNIST (apt install dataset-fashion-mnist)";
  const MachineFingerprint machine = ThisMachine();
  const std::string here =
      NumericsClass(1) + ";family=" + std::to_string(machine.family) + ";model=" + std::to_string(machine.model);
  const std::map<std::string, std::string> known = {
      {"arithmetic=3;isa=avx512;libtorch=1.13.0/AVX2;onednn=2.6.3;blas=OpenBLAS "
       "0.3.21/Cooperlake;threads=1;family=25;model=17",
       "36d3b73a42133d9cb70d64a58e3d9c4b9a5ae3170d2decf40414d0eaa1a79a77"},
  };
  const auto golden = known.find(here);
  if (golden == known.end()) GTEST_SKIP() << "no digest is known for " << here;
  const TestFolder folder;
  GoldenChain found;
  RunChain(folder, &found);
  EXPECT_EQ(found.digest, golden->second) << here;
}

}  // namespace
}  // namespace winnow::worker
