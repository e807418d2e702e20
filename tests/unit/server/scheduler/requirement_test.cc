// What users read when no worker can run a stage.
#include "server/scheduler/requirement.h"

#include <gtest/gtest.h>

namespace winnow::server {
namespace {

using spec::StageKind;

constexpr int64_t kMebibyte = int64_t{1} << 20;

const Requirement kTrainNeed{.kind = StageKind::kTrain,
                             .version = 1,
                             .threads = 2,
                             .memory_bytes = 2048 * kMebibyte,
                             .exclusive = false,
                             .data_set = "fashion-mnist",
                             .data_digest = "abc",
                             .fingerprint = ""};

WorkerRecord Worker(const std::string& id) {
  WorkerRecord worker;
  worker.id = id;
  worker.host_id = "h";
  worker.threads = 4;
  worker.memory_bytes = 4096 * kMebibyte;
  worker.fingerprint = "fp";
  worker.stage_versions = {{StageKind::kTrain, 1}};
  worker.data_sets = {{"fashion-mnist", "abc"}};
  return worker;
}

std::optional<std::string> WhyNobodyCanRun(const Requirement& need, const std::vector<WorkerRecord>& workers) {
  std::vector<const WorkerRecord*> alive;
  for (const WorkerRecord& worker : workers) alive.push_back(&worker);
  return server::WhyNobodyCanRun(need, alive);
}

struct RequirementCase {
  std::string expected;  // "" where somebody can run it
  Requirement need;
  std::vector<WorkerRecord> workers;
};

TEST(Requirement, SaysWhyNobodyCanRunAStage) {
  WorkerRecord other_digest = Worker("w1");
  other_digest.data_sets = {{"fashion-mnist", "def"}, {"cifar-10", "abc"}};
  WorkerRecord no_data = Worker("w2");
  no_data.data_sets = {};
  WorkerRecord old = Worker("w3");
  old.stage_versions = {{StageKind::kTrain, 2}};
  WorkerRecord trains_nothing = Worker("w4");
  trains_nothing.stage_versions = {};
  WorkerRecord narrow = Worker("w5");
  narrow.threads = 1;
  WorkerRecord small = Worker("w6");
  small.memory_bytes = 1024 * kMebibyte;
  Requirement bench = kTrainNeed;
  bench.fingerprint = "fp2";

  const std::vector<RequirementCase> cases = {
      {"no worker is connected; start one with winnow-worker --server ADDRESS", kTrainNeed, {}},
      {"", kTrainNeed, {other_digest, Worker("w")}},
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
       {Worker("w")}},
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
  for (const RequirementCase& c : cases) EXPECT_EQ(WhyNobodyCanRun(c.need, c.workers).value_or(""), c.expected);
}

TEST(Requirement, NamesFiveWorkersAndCountsTheRest) {
  std::vector<WorkerRecord> workers;
  for (const char* id : {"a", "b", "c", "d", "e", "f", "g"}) {
    workers.push_back(Worker(id));
    workers.back().threads = 1;
  }
  const std::string why = WhyNobodyCanRun(kTrainNeed, workers).value_or("");
  EXPECT_NE(why.find("e (1 threads), and 2 more;"), std::string::npos) << why;
}

TEST(Requirement, AgreesWithCanRun) {
  EXPECT_TRUE(CanRun(Worker("w"), kTrainNeed));
  Requirement need = kTrainNeed;
  need.threads = 5;
  EXPECT_FALSE(CanRun(Worker("w"), need));
  EXPECT_TRUE(WhyNobodyCanRun(need, std::vector{Worker("w")}).has_value());
  need = kTrainNeed;
  need.data_set = need.data_digest = "";
  need.kind = StageKind::kBenchmark;
  EXPECT_FALSE(CanRun(Worker("w"), need));
}

}  // namespace
}  // namespace winnow::server
