// Lists, page by page.
#include <gmock/gmock.h>

#include "tests/unit/server/rpc/rpc_fixture.h"

namespace winnow::server {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Paging : public RpcFixture {
 protected:
  // The names on all pages of `size`, and how many pages there were. `take` gets the items of a response.
  template <typename Stub, typename Request, typename Response, typename Take>
  std::vector<std::string> Walk(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                                Request request, int size, Take take) {
    std::vector<std::string> names;
    request.set_page_size(size);
    pages_ = 0;
    do {
      const auto page = api_->Call(method, request);
      EXPECT_TRUE(page.ok()) << page;
      if (!page.ok()) return names;
      EXPECT_LE(take(page.response, names), size);
      request.set_page_token(page->next_page_token());
      ++pages_;
    } while (!request.page_token().empty() && pages_ < 100);
    return names;
  }

  static int TakeSweeps(const v1::ListSweepsResponse& page, std::vector<std::string>& names) {
    for (const v1::Sweep& sweep : page.sweeps()) names.push_back(sweep.name());
    return page.sweeps_size();
  }
  static int TakeStages(const v1::ListStagesResponse& page, std::vector<std::string>& names) {
    for (const v1::Stage& stage : page.stages()) names.push_back(stage.label());
    return page.stages_size();
  }

  // Reports so many measurements of a stage; its name.
  std::string Measured(int count) {
    ScriptedWorker worker(api_.get(), "w");
    EXPECT_TRUE(worker.Register().ok());
    const std::optional<v1::Lease> lease = worker.Acquire();
    EXPECT_TRUE(lease);
    if (!lease) return "";
    v1::ReportProgressRequest report;
    report.set_token(lease->token());
    for (int step = 1; step <= count; ++step) {
      v1::Measurement& measurement = *report.add_measurements();
      measurement.set_name(step % 2 == 0 ? "loss" : "accuracy");
      measurement.set_step(step);
      measurement.set_value(0.5 * step);
    }
    const auto reported = api_->Call(&WorkerStub::ReportProgress, report);
    EXPECT_TRUE(reported.ok()) << reported;
    return lease->stage().name();
  }

  int pages_ = 0;
};

TEST_F(Paging, SweepsNewestFirstWithoutTheirSpecs) {
  for (const char* name : {"a", "b", "c", "d", "e"}) MustSubmit(*api_, SmallSpec(name));
  EXPECT_THAT(Walk(&SweepStub::ListSweeps, v1::ListSweepsRequest(), 2, TakeSweeps),
              ElementsAre("sweeps/e", "sweeps/d", "sweeps/c", "sweeps/b", "sweeps/a"));
  EXPECT_EQ(pages_, 3);
  const auto all = api_->Call(&SweepStub::ListSweeps, "");
  EXPECT_EQ(all->sweeps_size(), 5);
  EXPECT_EQ(all->sweeps(0).spec_json(), "");
  EXPECT_EQ(all->next_page_token(), "");
}

TEST_F(Paging, WhatComesMeanwhileDoesNotShiftTheList) {
  for (const char* name : {"a", "b", "c"}) MustSubmit(*api_, SmallSpec(name));
  const auto first = api_->Call(&SweepStub::ListSweeps, "page_size: 2");
  MustSubmit(*api_, SmallSpec("d"));
  const auto second = api_->Call(&SweepStub::ListSweeps, "page_size: 2 page_token: '" + first->next_page_token() + "'");
  ASSERT_TRUE(second.ok()) << second;
  ASSERT_EQ(second->sweeps_size(), 1);
  EXPECT_EQ(second->sweeps(0).name(), "sweeps/a");
}

TEST_F(Paging, StagesInGraphOrder) {
  MustSubmit(*api_, SmallSpec("a"));
  v1::ListStagesRequest request;
  request.set_parent("sweeps/a");
  EXPECT_THAT(Walk(&StageStub::ListStages, request, 2, TakeStages),
              ElementsAre("train", "evaluate dense", "spatial_prune f4 s30", "winograd_prune f4 s30 w50",
                          "evaluate f4 s30 w50"));
  EXPECT_EQ(pages_, 3);
}

TEST_F(Paging, TrialsAndTheirResultsInTheSpecsOrder) {
  MustSubmit(*api_, R"({"name": "a", "model": {"name": "lenet-5-3x3"}, "data": {"name": "fashion-mnist"},
                        "spatial": {"rates": [0.3, 0.5]}, "winograd": {"rates": [0.6, 0.7]}, "tile_sizes": [2, 4],
                        "benchmark": {"enabled": false}})");
  v1::ListTrialsRequest trials;
  trials.set_parent("sweeps/a");
  const std::vector<std::string> names =
      Walk(&TrialStub::ListTrials, trials, 3, [](const v1::ListTrialsResponse& page, std::vector<std::string>& taken) {
        for (const v1::Trial& trial : page.trials()) taken.push_back(trial.name());
        return page.trials_size();
      });
  EXPECT_EQ(pages_, 3);
  EXPECT_THAT(names,
              ElementsAre("sweeps/a/trials/f2-s30-w60", "sweeps/a/trials/f2-s30-w70", "sweeps/a/trials/f2-s50-w60",
                          "sweeps/a/trials/f2-s50-w70", "sweeps/a/trials/f4-s30-w60", "sweeps/a/trials/f4-s30-w70",
                          "sweeps/a/trials/f4-s50-w60", "sweeps/a/trials/f4-s50-w70"));
  v1::ListResultsRequest results;
  results.set_parent("sweeps/a");
  EXPECT_EQ(Walk(&ResultsStub::ListResults, results, 3,
                 [](const v1::ListResultsResponse& page, std::vector<std::string>& taken) {
                   for (const v1::TrialResult& result : page.results()) taken.push_back(result.trial());
                   return page.results_size();
                 }),
            names);
}

TEST_F(Paging, WorkersAliveOnesFirst) {
  for (const char* name : {"d", "b", "a", "c"}) ASSERT_TRUE(ScriptedWorker(api_.get(), name).Register().ok());
  ASSERT_TRUE(api_->Call(&WorkerStub::UnregisterWorker, "worker: 'workers/a' instance: 'a-instance'").ok());
  EXPECT_THAT(Walk(&WorkerStub::ListWorkers, v1::ListWorkersRequest(), 3,
                   [](const v1::ListWorkersResponse& page, std::vector<std::string>& taken) {
                     for (const v1::Worker& worker : page.workers()) taken.push_back(worker.name());
                     return page.workers_size();
                   }),
              ElementsAre("workers/b", "workers/c", "workers/d", "workers/a"));
  EXPECT_EQ(pages_, 2);
}

TEST_F(Paging, MeasurementsByNameThenStep) {
  MustSubmit(*api_, SmallSpec("a"));
  v1::ListMeasurementsRequest request;
  request.set_parent(Measured(5));
  EXPECT_THAT(Walk(&StageStub::ListMeasurements, request, 2,
                   [](const v1::ListMeasurementsResponse& page, std::vector<std::string>& taken) {
                     for (const v1::Measurement& m : page.measurements()) {
                       taken.push_back(m.name() + " " + std::to_string(m.step()));
                     }
                     return page.measurements_size();
                   }),
              ElementsAre("accuracy 1", "accuracy 3", "accuracy 5", "loss 2", "loss 4"));
  EXPECT_EQ(pages_, 3);
}

TEST_F(Paging, SizesAreBounded) {
  MustSubmit(*api_, SmallSpec("a"));
  const std::string parent = "parent: '" + Measured(1500) + "'";
  EXPECT_EQ(api_->Call(&StageStub::ListMeasurements, parent)->measurements_size(), 100);
  const auto most = api_->Call(&StageStub::ListMeasurements, parent + " page_size: 2000000000");
  EXPECT_EQ(most->measurements_size(), 1000);
  EXPECT_NE(most->next_page_token(), "");
}

TEST_F(Paging, ATokenIsOfItsListAlone) {
  MustSubmit(*api_, SmallSpec("a"));
  MustSubmit(*api_, SmallSpec("b"));
  const std::string of_a =
      " page_token: '" + api_->Call(&StageStub::ListStages, "parent: 'sweeps/a' page_size: 1")->next_page_token() + "'";
  EXPECT_TRUE(api_->Call(&StageStub::ListStages, "parent: 'sweeps/a'" + of_a).ok());
  for (const Outcome& refused : std::initializer_list<Outcome>{
           api_->Call(&StageStub::ListStages, "parent: 'sweeps/b'" + of_a),
           api_->Call(&TrialStub::ListTrials, "parent: 'sweeps/a'" + of_a),
           api_->Call(&ResultsStub::ListResults, "parent: 'sweeps/a'" + of_a), api_->Call(&SweepStub::ListSweeps, of_a),
           api_->Call(&WorkerStub::ListWorkers, of_a)}) {
    EXPECT_EQ(refused.code, grpc::StatusCode::INVALID_ARGUMENT) << refused;
    EXPECT_THAT(refused.message, HasSubstr("begin again without one"));
  }
}

}  // namespace
}  // namespace winnow::server
