// Sweeps, workers and results as JSON, CSV and tables.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "client/cli/frontier.h"
#include "client/cli/result_view.h"
#include "client/cli/run_report.h"
#include "client/cli/sweep_view.h"
#include "client/cli/worker_view.h"
#include "spec/parse.h"
#include "tests/unit/client_cli/scripted_coordinator.h"
#include "tests/unit/client_cli/temp_folder.h"

namespace winnow::cli {
namespace {

Terminal OutputPipe() { return DescribeTerminal(false, 0, 0, {}); }

v1::TrialResult MakeResult(const std::string& id, int tile, double accuracy, double left) {
  v1::TrialResult result;
  result.set_trial("sweeps/s/trials/" + id);
  result.set_state(v1::TRIAL_STATE_SUCCEEDED);
  result.mutable_parameters()->set_tile_size(tile);
  result.mutable_parameters()->set_winograd_rate(0.6);
  result.set_dense_accuracy(0.9);
  result.set_accuracy(accuracy);
  result.mutable_winograd_sparsity()->set_target(0.6);
  result.mutable_winograd_sparsity()->set_reached(0.5999);
  result.set_network_sparsity(0.55);
  result.set_multiplications_left(left);
  result.set_checkpoint("artifacts/sha256-" + std::string(64, 'c'));
  v1::BenchmarkRow* row = result.add_benchmark();
  row->set_batch_size(1);
  row->set_threads(1);
  row->set_ours_ms(0.5);
  (*row->mutable_peer_ms())["onednn-direct"] = 1.5;
  (*row->mutable_peer_ms())["torch"] = 1.0;
  row->mutable_network()->set_ours_ms(2.0);
  (*row->mutable_network()->mutable_peer_ms())["onednn"] = 3.0;
  (*row->mutable_network()->mutable_ratios())["onednn"] = 1.5;
  (*row->mutable_ratios())["onednn-direct"] = 3;
  (*row->mutable_ratios())["torch"] = 2;
  v1::LayerSparsity* layer = result.add_layers();
  layer->set_layer("conv0");
  layer->set_winograd_sparsity(0.6);
  return result;
}

client::SweepResults MakeResults() {
  client::SweepResults results;
  results.trials = {MakeResult("f2-w60", 2, 0.89, 0.2), MakeResult("f4-w60", 4, 0.895, 0.1)};
  v1::TrialResult pending;
  pending.set_trial("sweeps/s/trials/f4-w80");
  pending.set_state(v1::TRIAL_STATE_PENDING);
  results.trials.push_back(pending);
  return results;
}

TEST(ResultView, JsonHasThePromisedMembers) {
  const Json json = Json::parse(JsonText(ResultsJson(MakeResults())));
  ASSERT_EQ(json.size(), 3u);
  const Json& first = json[0];
  EXPECT_EQ(first["trial"], "s/f2-w60");
  EXPECT_EQ(first["parameters"]["tile_size"], 2);
  EXPECT_TRUE(first["parameters"]["spatial_rate"].is_null());
  EXPECT_EQ(first["dense_accuracy"], 0.9);
  EXPECT_EQ(first["accuracy"], 0.89);
  EXPECT_TRUE(first["spatial_sparsity"].is_null());
  EXPECT_EQ(first["winograd_sparsity"], Json({{"target", 0.6}, {"reached", 0.5999}}));
  EXPECT_EQ(first["network_sparsity"], 0.55);
  EXPECT_EQ(first["multiplications_left"], 0.2);
  EXPECT_EQ(first["checkpoint"], std::string(64, 'c'));
  EXPECT_EQ(first["layers"][0]["name"], "conv0");
  EXPECT_TRUE(first["layers"][0]["spatial_sparsity"].is_null());
  EXPECT_EQ(first["layers"][0]["winograd_sparsity"], 0.6);
  EXPECT_EQ(first["benchmark"][0]["ours_ms"], 0.5);
  EXPECT_EQ(first["benchmark"][0]["peers"]["torch"], 1.0);
  EXPECT_EQ(first["benchmark"][0]["ratios"]["onednn-direct"], 3);
  EXPECT_EQ(first["benchmark"][0]["network"]["ratios"]["onednn"], 1.5);
  // Nothing is known of the third: members stay, as null.
  EXPECT_EQ(json[2]["state"], "pending");
  for (const char* member : {"accuracy", "dense_accuracy", "checkpoint", "multiplications_left"}) {
    EXPECT_TRUE(json[2].at(member).is_null()) << member;
  }
}

// Sweeps with one method print what they always did.
TEST(ResultView, NamesMethodsAndWhatWasNotTimedOnlyWhereThereAreAny) {
  client::SweepResults results = MakeResults();
  const Json plain = Json::parse(JsonText(ResultsJson(results)));
  EXPECT_FALSE(plain[0]["parameters"].contains("method"));
  EXPECT_FALSE(plain[0].contains("benchmark_skipped"));
  EXPECT_EQ(ResultsCsv(results).find("method"), std::string::npos);
  results.trials[0].mutable_parameters()->set_method("native");
  results.trials[0].set_trial("sweeps/s/trials/f2-w60-native");
  results.trials[0].set_benchmark_skipped("no kernel for it");
  const Json json = Json::parse(JsonText(ResultsJson(results)));
  EXPECT_EQ(json[0]["parameters"]["method"], "native");
  EXPECT_EQ(json[0]["benchmark_skipped"], "no kernel for it");
  EXPECT_FALSE(json[1]["parameters"].contains("method"));
  const std::string csv = ResultsCsv(results);
  EXPECT_NE(csv.find(",method\n"), std::string::npos) << csv;
  EXPECT_NE(csv.find(",native\n"), std::string::npos) << csv;
  EXPECT_NE(ResultsTable(results, false, OutputPipe()).find("f2-w60-native not timed: no kernel for it"),
            std::string::npos);
  EXPECT_EQ(MakeChart(results, CostAxis::kWinogradSparsity, "", "").points[0].label, "w60 native");
}

TEST(ResultView, FrontierLeavesOutWhatIsUnknown) {
  EXPECT_EQ(OnFrontier(MakeResults()), (std::vector<bool>{false, true, false}));
}

TEST(ResultView, CsvLinesHaveAsManyCellsAsHeadings) {
  const std::string csv = ResultsCsv(MakeResults());
  std::istringstream lines(csv);
  std::string line;
  std::vector<int64_t> commas;
  while (std::getline(lines, line)) commas.push_back(std::count(line.begin(), line.end(), ','));
  ASSERT_EQ(commas.size(), 4u);
  EXPECT_EQ(std::count(commas.begin(), commas.end(), commas[0]), 4);
  EXPECT_NE(csv.find("b1_t1_onednn-direct_ratio"), std::string::npos);
  EXPECT_NE(csv.find("s/f4-w60,succeeded,4,,0.6,0.9,0.895,,,0.5999,0.55,0.1,1,"), std::string::npos) << csv;
}

TEST(ResultView, TableStartsWithDenseAndMarksTheFrontier) {
  const std::string table = ResultsTable(MakeResults(), false, OutputPipe());
  const size_t dense = table.find("dense"), first = table.find("f2-w60"), second = table.find("*  f4-w60");
  EXPECT_LT(dense, first);
  EXPECT_LT(first, second);
  EXPECT_NE(second, std::string::npos) << table;
  EXPECT_NE(table.find("-1.00"), std::string::npos);  // points against dense
  EXPECT_NE(table.find("x torch"), std::string::npos);
  const std::string wide = ResultsTable(MakeResults(), true, OutputPipe());
  EXPECT_NE(wide.find("torch ms"), std::string::npos);
}

TEST(ResultView, TableOfResultsWithoutBenchmarks) {
  client::SweepResults results = MakeResults();
  for (v1::TrialResult& result : results.trials) result.clear_benchmark();
  const std::string table = ResultsTable(results, false, OutputPipe());
  EXPECT_EQ(table.find("ms"), std::string::npos);
  EXPECT_NE(table.find("f4-w60"), std::string::npos);
}

TEST(ResultView, ChartAxes) {
  EXPECT_EQ(MakeChart(MakeResults(), CostAxis::kMultiplicationsLeft, "", "").points.size(), 2u);
  const ParetoChart speed = MakeChart(MakeResults(), CostAxis::kSpeedup, "", "");
  EXPECT_TRUE(speed.more_x_is_better);
  EXPECT_EQ(speed.points[0].x, 2);  // against the fastest peer
  EXPECT_NE(speed.x_title.find("batch 1, 1 thread"), std::string::npos);
  EXPECT_EQ(MakeChart(MakeResults(), CostAxis::kWinogradSparsity, "", "").points[0].label, "w60");
}

TEST(SweepView, JsonHasThePromisedMembers) {
  v1::Sweep sweep;
  sweep.set_name("sweeps/a");
  sweep.set_state(v1::SWEEP_STATE_RUNNING);
  sweep.mutable_stage_counts()->set_succeeded(3);
  const Json json = Json::parse(SweepListText({sweep}, OutputFormat::kJson, OutputPipe()));
  EXPECT_EQ(json[0]["name"], "a");
  EXPECT_EQ(json[0]["state"], "running");
  EXPECT_EQ(json[0]["stages"],
            Json({{"succeeded", 3}, {"running", 0}, {"queued", 0}, {"blocked", 0}, {"failed", 0}, {"cancelled", 0}}));
  EXPECT_TRUE(json[0]["ended"].is_null());
  EXPECT_EQ(SweepListText({}, OutputFormat::kJson, OutputPipe()), "[]\n");
}

TEST(SweepView, StatusListsStages) {
  v1::Sweep sweep;
  sweep.set_name("sweeps/a");
  v1::Stage stage;
  stage.set_name("stages/" + std::string(64, 'd'));
  stage.set_kind(v1::STAGE_KIND_TRAIN);
  stage.set_attempt(2);
  stage.set_parameters_json("{\"training\": {\"epochs\": 4}}");
  const Json json = Json::parse(StatusText(sweep, {stage}, OutputFormat::kJson, OutputPipe()));
  EXPECT_EQ(json["stages"][0]["kind"], "train");
  EXPECT_EQ(json["stages"][0]["attempt"], 2);
  EXPECT_EQ(json["stages"][0]["parameters"]["training"]["epochs"], 4);
  EXPECT_TRUE(json["stages"][0]["result"].is_null());
  EXPECT_TRUE(json["stage_counts"].is_object());
}

TEST(SweepView, BytesThatAreNoUtf8DoNotThrow) {
  v1::Stage stage;
  stage.set_name("stages/x");
  OutputJson json = StageJson(stage);
  json["reason"] = "\xff\xfe";
  EXPECT_NO_THROW(JsonText(json));
}

TEST(SweepView, StageSeconds) {
  v1::Stage stage;
  EXPECT_EQ(StageSeconds(stage, 10), 0);
  stage.mutable_start_time()->set_seconds(4);
  EXPECT_EQ(StageSeconds(stage, 10), 6);
  EXPECT_EQ(StageSeconds(stage, 0), 0);
  stage.mutable_end_time()->set_seconds(7);
  EXPECT_EQ(StageSeconds(stage, 10), 3);
}

TEST(WorkerView, SaysWhichDataSetIsMissing) {
  v1::Worker worker;
  worker.set_name("workers/w");
  worker.set_state(v1::WORKER_STATE_ALIVE);
  v1::WorkerDataSet* set = worker.add_data_sets();
  set->set_name("fashion-mnist");
  set->set_digest("d1");
  EXPECT_EQ(MissingDataSetText({worker}, "fashion-mnist", "d1"), "");
  const std::string other = MissingDataSetText({worker}, "fashion-mnist", "d2");
  for (const char* part : {"fashion-mnist", "digest d2", "w offers", "d1"}) {
    EXPECT_NE(other.find(part), std::string::npos) << other;
  }
  worker.set_state(v1::WORKER_STATE_GONE);
  EXPECT_NE(MissingDataSetText({worker}, "fashion-mnist", "d1").find("no worker is alive"), std::string::npos);
}

TEST(RunReport, ExportsFilesAndTheFrontiersCheckpoints) {
  const testing::TempFolder folder;
  testing::CoordinatorScript script;
  client::SweepResults results = MakeResults();
  script.artifacts["artifacts/sha256-" + std::string(64, 'c')] = "bytes of a net";
  testing::ScriptedCoordinator coordinator(&script);
  const ParetoChart chart = MakeChart(results, CostAxis::kMultiplicationsLeft, "t", "s");
  const auto files = ExportResults(coordinator, results, chart, folder.path() / "out");
  ASSERT_TRUE(files) << files.error().ToString();
  EXPECT_EQ(files->checkpoints, (std::vector<std::string>{"f4-w60.safetensors"}));
  for (const char* name : {"results.json", "results.csv", "pareto.svg", "pareto.png", "f4-w60.safetensors"}) {
    EXPECT_GT(std::filesystem::file_size(folder.path() / "out" / name), 0u) << name;
  }
}

TEST(RunReport, FolderThatCannotBeMade) {
  const testing::TempFolder folder;
  folder.Write("file", "");
  testing::CoordinatorScript script;
  testing::ScriptedCoordinator coordinator(&script);
  const auto files = ExportResults(coordinator, {}, {}, folder.path() / "file" / "out");
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message().find("file/out"), std::string::npos);
}

TEST(RunReport, LinesTellSubsetsAndSharing) {
  auto spec = spec::ParseSweepSpec(R"({"name": "s", "model": {"name": "vgg-nagadomi", "width": 0.25},
    "data": {"name": "fashion-mnist", "train_limit": 12000}, "training": {}, "spatial": {"rates": [0.3]}})");
  ASSERT_TRUE(spec);
  EXPECT_EQ(DataLine(*spec), "12,000 of 60,000 training images, all 10,000 test images of fashion-mnist");
  EXPECT_EQ(SpecLine(*spec), "vgg-nagadomi × 0.25 on fashion-mnist, 12,000 of 60,000 training images");
  v1::Sweep sweep;
  sweep.set_trial_count(12);
  sweep.set_stage_total(43);
  sweep.set_stage_unshared(96);
  EXPECT_EQ(
      SharingLine(sweep, 43),
      "43 stages run now of the 43 in the sweep's graph; its 12 trials run alone would have taken 96: 53 saved (55 %)");
  EXPECT_NE(SharingLine(sweep, 0).find("(43 reused)"), std::string::npos);
}

}  // namespace
}  // namespace winnow::cli
