// Scheduling decisions as literal tables: what is ready, who waits, what must come out.
#include "server/scheduler/decide.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

namespace winnow::server {
namespace {

using spec::StageKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr SteadyTime kNow{1h};
constexpr int64_t kMiB = int64_t{1} << 20;

struct Ready {
  std::string key;
  StageKind kind = StageKind::kTrain;
  int priority = 0;
  int64_t sweep = 1;
  int path = 1;
  int64_t graph = 0;
  Duration waited = 0s;
  int threads = 1;
  int64_t memory_mib = 100;
  std::string digest = "d1";
  std::string fingerprint = "fp";
};

Requirement RequirementOf(const Ready& ready) {
  Requirement need;
  need.kind = ready.kind;
  need.version = 1;
  need.threads = ready.threads;
  need.memory_bytes = ready.memory_mib * kMiB;
  need.exclusive = ready.kind == StageKind::kBenchmark;
  if (need.exclusive) {
    need.fingerprint = ready.fingerprint;
  } else {
    need.data_set = "fashion-mnist";
    need.data_digest = ready.digest;
  }
  return need;
}

ReadyQueues QueuesOf(const std::vector<Ready>& stages) {
  ReadyQueues queues;
  for (const Ready& stage : stages) {
    queues.Put(RequirementOf(stage), {.key = stage.key,
                                      .priority = stage.priority,
                                      .sweep_order = stage.sweep,
                                      .path_length = stage.path,
                                      .graph_order = stage.graph,
                                      .ready_since = kNow - stage.waited});
  }
  return queues;
}

struct Worker {
  std::string id;
  std::string host = "h1";
  int threads = 1;
  int free = 1;
  int calls = 1;
  int64_t memory_mib = 1000;
  std::string digest = "d1";
  std::string fingerprint = "fp";
};

struct Case {
  std::string name;
  std::vector<Ready> ready;
  std::vector<Worker> workers;
  std::map<std::string, HostLoad> hosts;
  std::vector<Assignment> expected;
};

std::vector<Assignment> Decided(const Case& c) {
  std::vector<WorkerRecord> records;
  for (const Worker& worker : c.workers) {
    WorkerRecord record;
    record.id = worker.id;
    record.host_id = worker.host;
    record.threads = worker.threads;
    record.memory_bytes = worker.memory_mib * kMiB;
    record.fingerprint = worker.fingerprint;
    record.data_sets = {{"fashion-mnist", worker.digest}};
    for (const StageKind kind : spec::kStageKinds) record.stage_versions[kind] = 1;
    records.push_back(std::move(record));
  }
  std::vector<WorkerRoom> rooms;
  for (size_t i = 0; i < records.size(); ++i) {
    rooms.push_back({&records[i], c.workers[i].free, c.workers[i].memory_mib * kMiB, c.workers[i].calls});
  }
  return Decide(QueuesOf(c.ready), rooms, c.hosts, kNow, SchedulerRules());
}

void Check(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    std::string got;
    for (const Assignment& a : Decided(c)) got += a.stage + "@" + a.worker + " ";
    std::string expected;
    for (const Assignment& a : c.expected) expected += a.stage + "@" + a.worker + " ";
    EXPECT_EQ(got, expected) << c.name;
  }
}

TEST(Decide, OrdersTheReadyStages) {
  const Worker one{.id = "w"};
  Check({
      {"nothing ready", {}, {one}, {}, {}},
      {"nobody waits", {{.key = "a"}}, {{.id = "w", .calls = 0}}, {}, {}},
      {"one for one", {{.key = "a"}}, {one}, {}, {{"a", "w"}}},
      {"priority before age",
       {{.key = "old", .sweep = 1}, {.key = "urgent", .priority = 5, .sweep = 9}},
       {one},
       {},
       {{"urgent", "w"}}},
      {"the oldest sweep first", {{.key = "young", .sweep = 2}, {.key = "old", .sweep = 1}}, {one}, {}, {{"old", "w"}}},
      {"the oldest sweep first, whatever the kind",
       {{.key = "young", .kind = StageKind::kTrain, .sweep = 2}, {.key = "old", .kind = StageKind::kEvaluate}},
       {one},
       {},
       {{"old", "w"}}},
      {"train before spatial", {{.key = "s", .kind = StageKind::kSpatialPrune}, {.key = "t"}}, {one}, {}, {{"t", "w"}}},
      {"spatial before winograd",
       {{.key = "g", .kind = StageKind::kWinogradPrune}, {.key = "s", .kind = StageKind::kSpatialPrune}},
       {one},
       {},
       {{"s", "w"}}},
      {"winograd before evaluate",
       {{.key = "e", .kind = StageKind::kEvaluate}, {.key = "g", .kind = StageKind::kWinogradPrune}},
       {one},
       {},
       {{"g", "w"}}},
      {"evaluate before benchmark",
       {{.key = "b", .kind = StageKind::kBenchmark}, {.key = "e", .kind = StageKind::kEvaluate}},
       {one},
       {},
       {{"e", "w"}}},
      {"the longest way down first",
       {{.key = "short", .path = 2}, {.key = "long", .path = 3, .graph = 7}},
       {one},
       {},
       {{"long", "w"}}},
      {"then the graph's order", {{.key = "b", .graph = 2}, {.key = "c", .graph = 1}}, {one}, {}, {{"c", "w"}}},
      {"an evaluation that waited a minute goes with Winograd pruning, older first in the graph",
       {{.key = "e", .kind = StageKind::kEvaluate, .path = 1, .graph = 1, .waited = 59s},
        {.key = "g", .kind = StageKind::kWinogradPrune, .path = 2, .graph = 5}},
       {one},
       {},
       {{"g", "w"}}},
      {"an evaluation that waited two minutes goes before Winograd pruning",
       {{.key = "e", .kind = StageKind::kEvaluate, .waited = 121s},
        {.key = "g", .kind = StageKind::kWinogradPrune, .path = 2}},
       {one},
       {},
       {{"e", "w"}}},
      {"several for several, the roomiest first",
       {{.key = "a", .graph = 1}, {.key = "b", .graph = 2}, {.key = "c", .graph = 3}},
       {{.id = "w1", .threads = 1, .free = 1}, {.id = "w2", .threads = 3, .free = 3, .calls = 2}},
       {},
       {{"a", "w2"}, {"b", "w2"}, {"c", "w1"}}},
      {"a call takes one stage, however much is free",
       {{.key = "a", .graph = 1}, {.key = "b", .graph = 2}},
       {{.id = "w", .threads = 8, .free = 8}},
       {},
       {{"a", "w"}}},
  });
}

TEST(Decide, MatchesNeedsAndRoom) {
  Check({
      {"too few threads free", {{.key = "a", .threads = 2}}, {{.id = "w", .threads = 4, .free = 1}}, {}, {}},
      {"too little memory", {{.key = "a", .memory_mib = 2000}}, {{.id = "w"}}, {}, {}},
      {"another digest", {{.key = "a", .digest = "d2"}}, {{.id = "w"}}, {}, {}},
      {"what fits nowhere hides nothing",
       {{.key = "a", .digest = "d2"}, {.key = "b", .sweep = 2}},
       {{.id = "w"}},
       {},
       {{"b", "w"}}},
      {"the worker with the data set",
       {{.key = "a", .digest = "d2"}},
       {{.id = "w1", .threads = 9, .free = 9}, {.id = "w2", .digest = "d2"}},
       {},
       {{"a", "w2"}}},
      {"a small stage overtakes a large one that has not waited long",
       {{.key = "large", .threads = 4}, {.key = "small", .sweep = 2}},
       {{.id = "w", .threads = 4, .free = 3}},
       {},
       {{"small", "w"}}},
      {"a large stage that has waited holds the roomiest worker",
       {{.key = "large", .waited = 121s, .threads = 4}, {.key = "small", .sweep = 2}},
       {{.id = "w", .threads = 4, .free = 3}},
       {},
       {}},
      {"and that one only",
       {{.key = "large", .waited = 121s, .threads = 4}, {.key = "small", .sweep = 2}},
       {{.id = "w1", .threads = 4, .free = 3}, {.id = "w2", .threads = 4, .free = 2}},
       {},
       {{"small", "w2"}}},
      {"who could never run it is not held",
       {{.key = "large", .waited = 1h, .threads = 8}, {.key = "small", .sweep = 2}},
       {{.id = "w", .threads = 4, .free = 4}},
       {},
       {{"small", "w"}}},
      {"what stands before it in the order is not held up",
       {{.key = "large", .sweep = 2, .waited = 121s, .threads = 4}, {.key = "small", .sweep = 1}},
       {{.id = "w", .threads = 4, .free = 3}},
       {},
       {{"small", "w"}}},
  });
}

TEST(Decide, KeepsBenchmarksAlone) {
  const Ready bench{.key = "b", .kind = StageKind::kBenchmark};
  const Ready second{.key = "b2", .kind = StageKind::kBenchmark, .graph = 9};
  const Ready evaluate{.key = "e", .kind = StageKind::kEvaluate};
  const Worker wide{.id = "w", .threads = 4, .free = 3, .calls = 3};
  const auto aged = [&](Duration waited) {
    Ready ready = bench;
    ready.waited = waited;
    return ready;
  };
  Check({
      {"alone on an idle host", {bench}, {wide}, {}, {{"b", "w"}}},
      {"not beside another stage", {bench}, {wide}, {{"h1", {.running = 1}}}, {}},
      {"no other stage beside it", {evaluate}, {wide}, {{"h1", {.running = 1, .exclusive_running = true}}}, {}},
      {"no second benchmark beside it", {bench, second}, {wide}, {}, {{"b", "w"}}},
      {"by host, not by worker", {bench}, {wide, {.id = "w2"}}, {{"h1", {.running = 1}}}, {}},
      {"another host is quiet", {bench}, {wide, {.id = "w2", .host = "h2"}}, {{"h1", {.running = 1}}}, {{"b", "w2"}}},
      {"after what else can run", {bench, evaluate}, {wide}, {}, {{"e", "w"}}},
      {"only on its fingerprint", {bench}, {{.id = "w", .fingerprint = "other"}}, {}, {}},
      {"one that waited five minutes stops new leases on its host",
       {aged(301s), evaluate},
       {wide},
       {{"h1", {.running = 1}}},
       {}},
      {"one that has not does not", {aged(299s), evaluate}, {wide}, {{"h1", {.running = 1}}}, {{"e", "w"}}},
      {"it starts once the host is quiet", {aged(301s), evaluate}, {wide}, {}, {{"b", "w"}}},
      {"it stops one host only, the quietest",
       {aged(301s), evaluate},
       {wide, {.id = "w2", .host = "h2"}},
       {{"h1", {.running = 2}}, {"h2", {.running = 1}}},
       {{"e", "w"}}},
      {"a higher priority does not wait",
       {{.key = "b", .kind = StageKind::kBenchmark, .priority = 1}, evaluate},
       {wide},
       {{"h1", {.running = 1}}},
       {}},
      {"a batch goes on", {bench, evaluate}, {wide}, {{"h1", {.batch_since = kNow - 9min}}}, {{"b", "w"}}},
      {"a batch ends in time", {bench, evaluate}, {wide}, {{"h1", {.batch_since = kNow - 11min}}}, {{"e", "w"}}},
      {"a batch without benchmarks is over", {evaluate}, {wide}, {{"h1", {.batch_since = kNow - 1min}}}, {{"e", "w"}}},
      {"a batch is no reason to leave an idle worker without stages it alone could run",
       {{.key = "b", .kind = StageKind::kBenchmark, .fingerprint = "other"}, evaluate},
       {wide},
       {{"h1", {.batch_since = kNow - 1min}}},
       {{"e", "w"}}},
  });
}

TEST(Decide, IsAFunctionOfItsArguments) {
  const Case c{"",
               {{.key = "a", .graph = 1}, {.key = "b", .graph = 2}, {.key = "c", .kind = StageKind::kEvaluate}},
               {{.id = "w1"}, {.id = "w2"}, {.id = "w3", .threads = 2, .free = 2, .calls = 2}},
               {},
               {}};
  const std::vector<Assignment> first = Decided(c);
  EXPECT_EQ(first.size(), 3u);
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Decided(c), first);
}

TEST(ReadyQueues, FindsMovesAndForgets) {
  ReadyQueues queues = QueuesOf({{.key = "a"}, {.key = "b", .kind = StageKind::kEvaluate}});
  EXPECT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues.queues().size(), 2u);
  ASSERT_NE(queues.Find("a"), nullptr);
  EXPECT_EQ(queues.FindRequirement("b")->kind, StageKind::kEvaluate);

  ReadyStage moved = *queues.Find("a");
  moved.priority = 7;
  queues.Put(RequirementOf({.key = "a"}), moved);
  EXPECT_EQ(queues.size(), 2u);
  EXPECT_EQ(queues.Find("a")->priority, 7);

  queues.Remove("a");
  queues.Remove("a");
  EXPECT_EQ(queues.Find("a"), nullptr);
  EXPECT_EQ(queues.queues().size(), 1u);
}

TEST(Decide, SaysWhenThoseThatDoNotAskMatter) {
  WorkerRecord record;
  record.id = "w";
  record.threads = 4;
  record.memory_bytes = 1000 * kMiB;
  record.fingerprint = "fp";
  record.data_sets = {{"fashion-mnist", "d1"}};
  for (const StageKind kind : spec::kStageKinds) record.stage_versions[kind] = 1;
  const auto needs_all = [&](const Ready& ready, int free, int calls) {
    const std::vector<WorkerRoom> asking = {{&record, free, 1000 * kMiB, calls}};
    return NeedsAllWorkers(QueuesOf({ready}), asking, kNow, SchedulerRules());
  };
  EXPECT_TRUE(needs_all({.key = "b", .kind = StageKind::kBenchmark}, 4, 1)) << "the quietest host is looked for";
  EXPECT_FALSE(needs_all({.key = "young", .threads = 4}, 3, 1));
  EXPECT_FALSE(needs_all({.key = "old and fits", .waited = 121s, .threads = 4}, 4, 1));
  EXPECT_TRUE(needs_all({.key = "old and does not fit", .waited = 121s, .threads = 4}, 3, 1));
  EXPECT_TRUE(needs_all({.key = "may not fit after the first", .waited = 121s, .threads = 4}, 4, 2));
  EXPECT_FALSE(needs_all({.key = "never fits here", .waited = 121s, .threads = 8}, 4, 1));
}

}  // namespace
}  // namespace winnow::server
