// Pages, streams, and what changed after a revision.
#include "tests/contract/store_contract.h"

namespace winnow::server {
namespace {

using testing::Ask;
using ::testing::ElementsAre;
using testing::SampleKey;
using testing::SampleStage;
using testing::SampleSweep;
using testing::SampleTrial;

// A sweep "a" with stages 0 .. n-1, and a trial on each, in that order.
void WriteStages(StoreWriter& writer, int from, int to) {
  for (int i = from; i < to; ++i) {
    ASSERT_TRUE(writer.CreateStage(SampleStage(i)).ok());
    ASSERT_TRUE(writer.PlaceStage(SampleKey(i), {.sweep = "a", .position = i}).ok());
    ASSERT_TRUE(writer.PutTrial(SampleTrial("a", "t" + std::to_string(i), i, i, i)).ok());
  }
}

// The items of all pages, each asked for with the token of the one before; `between` runs after each page.
template <typename List, typename Text>
std::vector<std::string> AllPages(Store& store, int size, List list, Text text, const std::function<void()>& between) {
  std::vector<std::string> shown;
  PageRequest request{.size = size, .token = ""};
  do {
    const auto page = Ask(store, [&](const StoreReader& reader) { return list(reader, request); });
    EXPECT_TRUE(page) << page.error().ToString();
    if (!page) return shown;
    EXPECT_LE(page->items.size(), static_cast<size_t>(size));
    for (const auto& item : page->items) shown.push_back(text(item));
    request.token = page->next_token;
    between();
  } while (!request.token.empty());
  return shown;
}

TEST_P(StoreContract, PagesStagesInGraphOrderAsOfTheFirstPage) {
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("a"), "{}"));
    WriteStages(writer, 0, 7);
    return OkStatus();
  });
  int next = 7;
  const std::vector<std::string> shown = AllPages(
      *store_, 3, [](const StoreReader& reader, const PageRequest& request) { return reader.ListStages("a", request); },
      [](const Stage& stage) { return stage.label; },
      [&] {
        // Comes after the first page was asked for: not shown, and shifts nothing.
        MustCommit([&](StoreWriter& writer) -> Status {
          WriteStages(writer, next, next + 1);
          return OkStatus();
        });
        ++next;
      });
  EXPECT_THAT(shown, ElementsAre("stage 0", "stage 1", "stage 2", "stage 3", "stage 4", "stage 5", "stage 6"));
}

TEST_P(StoreContract, PagesTrialsInTheOrderOfTheSpecAsOfTheFirstPage) {
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("a"), "{}"));
    WriteStages(writer, 0, 12);
    return OkStatus();
  });
  int next = 12;
  const std::vector<std::string> shown = AllPages(
      *store_, 4, [](const StoreReader& reader, const PageRequest& request) { return reader.ListTrials("a", request); },
      [](const Trial& trial) { return trial.id; },
      [&] {
        MustCommit([&](StoreWriter& writer) -> Status {
          WriteStages(writer, next, next + 1);
          return OkStatus();
        });
        ++next;
      });
  EXPECT_THAT(shown, ElementsAre("t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9", "t10", "t11"));
}

TEST_P(StoreContract, PagesSweepsNewestFirstWhileNewOnesCome) {
  int next = 0;
  const auto add = [&] {
    MustCommit([&](StoreWriter& writer) { return writer.CreateSweep(SampleSweep("s" + std::to_string(next)), "{}"); });
    ++next;
  };
  for (int i = 0; i < 5; ++i) add();
  const std::vector<std::string> shown = AllPages(
      *store_, 2, [](const StoreReader& reader, const PageRequest& request) { return reader.ListSweeps(request); },
      [](const Sweep& sweep) { return sweep.id; }, add);
  EXPECT_THAT(shown, ElementsAre("s4", "s3", "s2", "s1", "s0"));
}

TEST_P(StoreContract, PagesMeasurementsAndWorkers) {
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(WriteSmallSweep(writer));
    for (const std::string id : {"c", "a", "b"}) {
      WorkerRecord worker;
      worker.id = id;
      WINNOW_RETURN_IF_ERROR(writer.PutWorker(worker));
    }
    const std::vector<Measurement> values = {{"loss", 10, 1}, {"loss", 9, 2}, {"acc", 0, 3}, {"acc", 1, 4}};
    return writer.PutMeasurements(SampleKey(1), values);
  });
  for (const int size : {1, 2, 3, 4, 5}) {
    EXPECT_THAT(AllPages(
                    *store_, size,
                    [](const StoreReader& reader, const PageRequest& request) {
                      return reader.ListMeasurements(SampleKey(1), request);
                    },
                    [](const Measurement& value) { return value.name + std::to_string(value.step); }, [] {}),
                ElementsAre("acc0", "acc1", "loss9", "loss10"))
        << size;
    EXPECT_THAT(AllPages(
                    *store_, size,
                    [](const StoreReader& reader, const PageRequest& request) { return reader.ListWorkers(request); },
                    [](const WorkerRecord& worker) { return worker.id; }, [] {}),
                ElementsAre("a", "b", "c"))
        << size;
  }
}

TEST_P(StoreContract, RefusesPageTokensOfOtherListsAndMadeUpOnes) {
  MustCommit([](StoreWriter& writer) -> Status {
    WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("a"), "{}"));
    WINNOW_RETURN_IF_ERROR(writer.CreateSweep(SampleSweep("b"), "{}"));
    WriteStages(writer, 0, 3);
    return OkStatus();
  });
  const auto stages = [&](const std::string& sweep, const PageRequest& request) {
    return Ask(*store_, [&](const StoreReader& reader) { return reader.ListStages(sweep, request); });
  };
  const std::string token = stages("a", {.size = 1, .token = ""})->next_token;
  ASSERT_FALSE(token.empty());
  EXPECT_TRUE(stages("a", {.size = 2, .token = token})) << "another size is fine";
  const auto code = [](const auto& page) { return page ? StatusCode::kOk : page.error().code(); };
  using enum StatusCode;
  EXPECT_EQ(code(stages("b", {.size = 1, .token = token})), kInvalidArgument);
  EXPECT_EQ(code(Ask(*store_, [&](const StoreReader& r) { return r.ListTrials("a", {.size = 1, .token = token}); })),
            kInvalidArgument);
  EXPECT_EQ(code(stages("a", {.size = 1, .token = "made up"})), kInvalidArgument);
  EXPECT_EQ(code(stages("a", {.size = 1, .token = token + "00"})), kInvalidArgument);
  EXPECT_EQ(code(stages("a", {.size = 1, .token = token.substr(0, token.size() - 2)})), kInvalidArgument);
  EXPECT_EQ(code(stages("a", {.size = -1, .token = ""})), kInvalidArgument);
  EXPECT_EQ(code(stages("a", {.size = 5000, .token = ""})), kOk);
}

TEST_P(StoreContract, TellsWhatChangedAfterARevision) {
  MustCommit(WriteSmallSweep);
  const auto changed = [&](const std::string& sweep, int64_t after) {
    std::vector<std::string> labels;
    EXPECT_TRUE(store_
                    ->Read([&](const StoreReader& reader) {
                      return reader.ForEachChangedStage(sweep, after, [&](const Stage& stage) {
                        EXPECT_GT(stage.revision, after);
                        EXPECT_EQ(stage.result_json, "");
                        labels.push_back(stage.label);
                        return OkStatus();
                      });
                    })
                    .ok());
    return labels;
  };
  EXPECT_THAT(changed("a", 0), ElementsAre("stage 1", "stage 2"));
  EXPECT_THAT(changed("a", 1), ElementsAre());
  Stage stage = TheStage(1);
  stage.state = StageState::kRunning;
  stage.result_json = "{}";
  MustCommit([&](StoreWriter& writer) { return writer.UpdateStage(stage); });
  EXPECT_THAT(changed("a", 1), ElementsAre("stage 1"));
  EXPECT_THAT(changed("a", 2), ElementsAre());
  // A sweep that takes up an old stage sees it as changed.
  MustCommit([](StoreWriter& writer) { return writer.CreateSweep(SampleSweep("b"), "{}"); });
  MustCommit([](StoreWriter& writer) { return writer.PlaceStage(SampleKey(2), {.sweep = "b", .position = 0}); });
  EXPECT_THAT(changed("b", 3), ElementsAre("stage 2"));
}

TEST_P(StoreContract, StreamsLiveSweepsAndStagesOldestFirst) {
  MustCommit([](StoreWriter& writer) -> Status {
    for (const auto& [id, state] : std::vector<std::pair<std::string, SweepState>>{
             {"z", SweepState::kRunning}, {"y", SweepState::kSucceeded}, {"x", SweepState::kCancelling}}) {
      Sweep sweep = SampleSweep(id);
      sweep.state = state;
      WINNOW_RETURN_IF_ERROR(writer.CreateSweep(sweep, "{}"));
    }
    int number = 10;
    for (const StageState state : kStageStates) {
      WINNOW_RETURN_IF_ERROR(writer.CreateStage(SampleStage(number--, {}, state)));
    }
    return OkStatus();
  });
  std::vector<std::string> sweeps;
  std::vector<std::string> stages;
  EXPECT_TRUE(store_
                  ->Read([&](const StoreReader& reader) -> Status {
                    WINNOW_RETURN_IF_ERROR(reader.ForEachLiveSweep([&](const Sweep& sweep) {
                      sweeps.push_back(sweep.id);
                      return OkStatus();
                    }));
                    return reader.ForEachLiveStage([&](const Stage& stage) {
                      stages.push_back(std::string(StageStateName(stage.state)));
                      return OkStatus();
                    });
                  })
                  .ok());
  EXPECT_THAT(sweeps, ElementsAre("z", "x"));
  EXPECT_THAT(stages, ElementsAre("BLOCKED", "QUEUED", "RUNNING", "CANCELLING"));
}

TEST_P(StoreContract, EndsAStreamWithTheErrorOfItsVisitor) {
  MustCommit(WriteSmallSweep);
  int visited = 0;
  const Status status = store_->Read([&](const StoreReader& reader) {
    return reader.ForEachLiveStage([&](const Stage&) {
      ++visited;
      return Cancelled("enough");
    });
  });
  EXPECT_EQ(status, Cancelled("enough"));
  EXPECT_EQ(visited, 1);
}

}  // namespace
}  // namespace winnow::server
