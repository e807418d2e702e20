// What users read when no worker can run a stage.
#include "server/scheduler/requirement.h"

#include <gtest/gtest.h>

namespace winnow::server {
namespace {

using spec::StageKind;

constexpr int64_t kMiB = int64_t{1} << 20;

const Requirement kTrainNeed{.kind = StageKind::kTrain,
                             .version = 1,
                             .threads = 2,
                             .memory_bytes = 2048 * kMiB,
                             .exclusive = false,
                             .data_set = "fashion-mnist",
                             .data_digest = "abc",
                             .fingerprint = ""};

WorkerOffer Offer(const std::string& id) {
  return {.id = id,
          .host_id = "h",
          .threads = 4,
          .memory_bytes = 4096 * kMiB,
          .fingerprint = "fp",
          .versions = {{StageKind::kTrain, 1}},
          .data_sets = {{"fashion-mnist", "abc"}}};
}

struct Case {
  std::string expected;  // "" where somebody can run it
  Requirement need;
  std::vector<WorkerOffer> workers;
};

TEST(Requirement, SaysWhyNobodyCanRunAStage) {
  WorkerOffer other_digest = Offer("w1");
  other_digest.data_sets = {{"fashion-mnist", "def"}, {"cifar-10", "abc"}};
  WorkerOffer no_data = Offer("w2");
  no_data.data_sets = {};
  WorkerOffer old = Offer("w3");
  old.versions = {{StageKind::kTrain, 2}};
  WorkerOffer trains_nothing = Offer("w4");
  trains_nothing.versions = {};
  WorkerOffer narrow = Offer("w5");
  narrow.threads = 1;
  WorkerOffer small = Offer("w6");
  small.memory_bytes = 1024 * kMiB;
  Requirement bench = kTrainNeed;
  bench.fingerprint = "fp2";

  const std::vector<Case> cases = {
      {"no worker is connected; start one with winnow-worker --server ADDRESS", kTrainNeed, {}},
      {"", kTrainNeed, {other_digest, Offer("w")}},
      {"no worker has data set fashion-mnist with digest abc; workers offering fashion-mnist: w1 (digest def)",
       kTrainNeed,
       {other_digest, no_data}},
      {"no worker has data set fashion-mnist with digest abc; no worker offers fashion-mnist at all: start one with "
       "--data-root naming the folder it lies in",
       kTrainNeed,
       {no_data}},
      {"no worker runs version 1 of train; workers run: w3 (version 2), w4 (none); use the same release of winnowd and "
       "winnow-worker",
       kTrainNeed,
       {old, trains_nothing, no_data}},
      {"it is timed on the machine with fingerprint fp2, of which no worker is alive; workers: w (fingerprint fp)",
       bench,
       {Offer("w")}},
      {"it needs 2 threads, more than any worker has: w5 (1 threads); lower resources.threads or start a larger worker",
       kTrainNeed,
       {narrow, no_data}},
      {"it needs 2048 MiB of memory, more than any worker has: w6 (1024 MiB); lower resources.memory_mib or start a "
       "larger worker",
       kTrainNeed,
       {small}},
      {"it needs 2048 MiB of memory, more than any worker has: w6 (1024 MiB); lower resources.memory_mib or start a "
       "larger worker",
       kTrainNeed,
       {small, narrow, other_digest}},
  };
  for (const Case& c : cases) EXPECT_EQ(WhyNobodyCanRun(c.need, c.workers).value_or(""), c.expected);
}

TEST(Requirement, NamesFiveWorkersAndCountsTheRest) {
  std::vector<WorkerOffer> workers;
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) {
    workers.push_back(Offer(id));
    workers.back().threads = 1;
  }
  const std::string why = WhyNobodyCanRun(kTrainNeed, workers).value_or("");
  EXPECT_NE(why.find("e (1 threads), and 2 more;"), std::string::npos) << why;
}

TEST(Requirement, AgreesWithCanRun) {
  EXPECT_TRUE(CanRun(Offer("w"), kTrainNeed));
  Requirement need = kTrainNeed;
  need.threads = 5;
  EXPECT_FALSE(CanRun(Offer("w"), need));
  EXPECT_TRUE(WhyNobodyCanRun(need, std::vector{Offer("w")}).has_value());
  need = kTrainNeed;
  need.data_set = need.data_digest = "";
  need.kind = StageKind::kBenchmark;
  EXPECT_FALSE(CanRun(Offer("w"), need));
}

}  // namespace
}  // namespace winnow::server
