// Whole commands against a scripted coordinator: exit codes, messages, what they ask for.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

#include "base/json.h"
#include "base/sha256.h"
#include "client/cli/command_line.h"
#include "client/cli/completion_script.h"
#include "client/cli/watch_sweep.h"
#include "tests/support/fake_clock.h"
#include "tests/unit/client_cli/scripted_coordinator.h"
#include "tests/unit/client_cli/temp_folder.h"

namespace winnow::cli {
namespace {

constexpr const char* kSpec = R"({"name": "small", "model": {"name": "lenet-5-3x3"},
  "data": {"name": "fashion-mnist"}, "training": {"epochs": 1}, "spatial": {"rates": [0.3]}})";

v1::Sweep MakeSweep(const std::string& id, v1::SweepState state) {
  v1::Sweep sweep;
  sweep.set_name("sweeps/" + id);
  sweep.set_state(state);
  return sweep;
}

class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    context_.out = &out_;
    context_.err = &err_;
    context_.out_terminal = context_.err_terminal = [] { return DescribeTerminal(false, 0, 0, {}); };
    context_.clock = &clock_;
    context_.interrupts = &interrupts_;
    context_.connect = testing::ConnectTo(&script_);
  }

  int Winnow(std::vector<std::string> arguments, bool with_server = true) {
    if (with_server) arguments.insert(arguments.end(), {"--server", "test:1"});
    out_.str("");
    err_.str("");
    return RunCommandLine(arguments, context_);
  }

  testing::TempFolder folder_;
  testing::CoordinatorScript script_;
  testing::FakeClock clock_;
  Interrupts interrupts_;
  std::ostringstream out_, err_;
  CommandContext context_;
};

TEST_F(CommandTest, WrongUsageEndsWithTwoAndARemedy) {
  const struct {
    std::vector<std::string> arguments;
    const char* message;
  } cases[] = {
      {{}, "needs a command"},
      {{"reslts"}, "did you mean \"results\""},
      {{"spec", "chek"}, "did you mean \"check\""},
      {{"spec"}, "spec needs a command: check, schema"},
      {{"list", "--formt", "json"}, "did you mean \"--format\""},
      {{"list", "--format", "xml"}, "expected table, json or csv"},
      {{"list", "--format"}, "--format"},
      {{"results"}, "winnow results --help"},
      {{"results", "a", "b"}, "no further word"},
      {{"results", "Not A Name"}, "winnow list"},
      {{"export", "no-slash"}, "SWEEP/TRIAL"},
      {{"export", "a/f4-s30", "--packed", "--batch", "0"}, "--batch"},
      {{"export", "a/f4-s30", "--threads", "2"}, "--packed"},
      {{"artifact", "get", "123"}, "64 lower-case"},
      {{"pareto", "a", "--x", "colour"}, "--x"},
      {{"pareto", "a", "-o", "front.pdf"}, ".svg"},
      {{"submit", "s.json", "--wait", "--dry-run"}, "--wait"},
      {{"submit", "s.json", "--priority", "1001"}, "--priority"},
      {{"list", "--data", "d", "--server", "s:1"}, "--server"},
      {{"list", "--server", ":::"}, "winnow: "},
      {{"completion", "tcsh"}, "bash"},
      {{"logs", "a", "--attempt", "0"}, "--attempt"},
  };
  for (const auto& c : cases) {
    EXPECT_EQ(Winnow(c.arguments, false), kExitUsage) << ::testing::PrintToString(c.arguments);
    const std::string error = err_.str();
    EXPECT_NE(error.find(c.message), std::string::npos) << error;
    EXPECT_EQ(out_.str(), "");
    EXPECT_TRUE(error.starts_with("winnow: "));
    EXPECT_TRUE(error.ends_with("\n"));
    EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
  }
}

TEST_F(CommandTest, ErrorsOfTheCoordinatorBecomeExitCodes) {
  EXPECT_EQ(Winnow({"results", "none"}), kExitNotFound);
  EXPECT_NE(err_.str().find("sweeps/none"), std::string::npos);
  for (const auto& [status, code] : {std::pair(Unavailable("tried test:1: refused"), kExitUnavailable),
                                     std::pair(Internal("broken"), kExitFailed)}) {
    script_.connect = status;
    EXPECT_EQ(Winnow({"list"}), code);
    EXPECT_EQ(err_.str(), "winnow: " + status.message() + "\n");
  }
}

TEST_F(CommandTest, EveryCommandHasHelpWithAnExample) {
  CommandContext context = context_;
  const auto app = MakeCommandLine(context);
  for (const CommandDescription& command : DescribeCommands(*app)) {
    const std::string first = command.words.empty() ? "" : command.words.front();
    if (first == "bench" || first == "infer") continue;  // winnow-stage answers those
    std::vector<std::string> arguments = command.words;
    arguments.push_back("--help");
    EXPECT_EQ(Winnow(arguments, false), kExitOk);
    EXPECT_NE(out_.str().find("Example:\n  winnow "), std::string::npos) << ::testing::PrintToString(arguments);
    EXPECT_FALSE(command.description.empty());
    EXPECT_EQ(err_.str(), "");
  }
}

// The library orders them by address; holes in the heap deal the addresses anew each time.
TEST_F(CommandTest, HelpNamesExcludedOptionsInOneOrder) {
  std::vector<std::unique_ptr<std::string>> fill;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 200; ++i)
      fill.push_back(std::make_unique<std::string>(static_cast<std::size_t>(64 + i * 8), ' '));
    for (std::size_t i = 0; i < fill.size(); i += static_cast<std::size_t>(2 + round % 3)) fill[i].reset();
    EXPECT_EQ(Winnow({"submit", "--help"}, false), kExitOk);
    EXPECT_NE(out_.str().find("--wait Excludes: --detach --dry-run\n"), std::string::npos) << out_.str();
  }
}

TEST_F(CommandTest, SubmitSendsTheSpecAndTellsWhatItTakes) {
  const std::string spec = folder_.Write("s.json", kSpec);
  EXPECT_EQ(Winnow({"submit", spec, "--dry-run"}), kExitOk);
  EXPECT_EQ(script_.calls, (std::vector<std::string>{"Validate sweeps/small"}));
  EXPECT_TRUE(script_.sweeps.empty());
  EXPECT_EQ(Winnow({"submit", spec, "--priority", "5"}), kExitOk);
  EXPECT_EQ(out_.str(), "small: 1 trial, 4 stages, of which 1 are there already; without sharing 9\n");
  EXPECT_EQ(script_.sweeps.at(0).priority(), 5);
}

TEST_F(CommandTest, SubmitWaitsAndFailsWithTheSweep) {
  const std::string spec = folder_.Write("s.json", kSpec);
  v1::WatchSweepResponse end;
  end.mutable_sweep()->set_name("sweeps/small");
  end.mutable_sweep()->set_state(v1::SWEEP_STATE_FAILED);
  end.mutable_sweep()->set_reason("train failed");
  script_.watches["sweeps/small"] = {end};
  EXPECT_EQ(Winnow({"submit", spec, "--wait"}), kExitFailed);
  EXPECT_NE(out_.str().find("small failed"), std::string::npos);
  EXPECT_NE(out_.str().find("train failed"), std::string::npos);
}

TEST_F(CommandTest, FaultySpecsAreToldWhole) {
  const std::string spec =
      folder_.Write("s.json", R"({"name": "X", "model": {"name": "lenet"}, "data": {"name": "mnist"}})");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"submit", spec, "--server", "test:1"},
        std::vector<std::string>{"run", spec, "--server", "test:1"}, std::vector<std::string>{"spec", "check", spec}}) {
    EXPECT_EQ(Winnow(command, false), kExitUsage);
    for (const char* pointer : {"/name", "/model/name", "/data/name"}) {
      EXPECT_NE(err_.str().find(pointer), std::string::npos) << err_.str();
    }
  }
  EXPECT_TRUE(script_.calls.empty());
}

TEST_F(CommandTest, RunAtAServerExportsResults) {
  const std::string spec = folder_.Write("s.json", kSpec);
  const std::string name = "artifacts/sha256-" + Sha256Hex("net");
  script_.artifacts[name] = "net";
  v1::TrialResult trial;
  trial.set_trial("sweeps/small/trials/f4-s30");
  trial.set_accuracy(0.8);
  trial.set_dense_accuracy(0.81);
  trial.set_multiplications_left(0.2);
  trial.set_checkpoint(name);
  script_.results["sweeps/small"].trials = {trial};
  v1::WatchSweepResponse end;
  end.mutable_sweep()->set_state(v1::SWEEP_STATE_SUCCEEDED);
  script_.watches["sweeps/small"] = {end};
  const std::string output = folder_.path() / "out";
  EXPECT_EQ(Winnow({"run", spec, "--output", output}), kExitOk) << err_.str();
  for (const char* part : {"f4-s30", "sharing", "checkpoints", "pareto.png", "60,000 training images"}) {
    EXPECT_NE(out_.str().find(part), std::string::npos) << out_.str();
  }
  EXPECT_TRUE(std::filesystem::exists(std::filesystem::path(output) / "f4-s30.safetensors"));
  EXPECT_NE(err_.str().find("no worker is registered at test:1"), std::string::npos) << err_.str();
  EXPECT_EQ(Winnow({"run", spec, "--output", output, "--format", "json"}), kExitOk);
  EXPECT_TRUE(out_.str().starts_with("["));
}

// Rates up to 0.72 fit; each round is a sweep with one rate more, until they are 0.1 apart.
TEST_F(CommandTest, RunSearchesForWhatTheObjectiveAsks) {
  const std::string spec = folder_.Write("s.json", R"({"name": "small", "model": {"name": "lenet-5-3x3"},
    "data": {"name": "fashion-mnist"}, "training": {"epochs": 1}, "tile_sizes": [4], "winograd": {"rates": [0.6]},
    "objective": {"max_accuracy_drop": 1, "from": 0.5, "to": 0.9, "resolution": 0.1}})");
  script_.results_of = [](const Json& submitted) {
    client::SweepResults results;
    for (const Json& step : submitted.at("winograd").at("rates")) {
      const double rate = step.is_object() ? step.at("rate").get<double>() : step.get<double>();
      v1::TrialResult trial;
      trial.set_trial("sweeps/small/trials/f4-w" + std::to_string(std::lround(rate * 100)));
      trial.mutable_parameters()->set_winograd_rate(rate);
      trial.mutable_winograd_sparsity()->set_reached(rate);
      trial.set_dense_accuracy(0.9);
      trial.set_accuracy(rate <= 0.72 ? 0.895 : 0.85);
      trial.set_multiplications_left(1 - rate);
      results.trials.push_back(std::move(trial));
    }
    return results;
  };
  v1::WatchSweepResponse end;
  end.mutable_sweep()->set_state(v1::SWEEP_STATE_SUCCEEDED);
  script_.watches["sweeps/small"] = {end};
  EXPECT_EQ(Winnow({"run", spec, "--output", folder_.path() / "out"}), kExitOk) << err_.str();
  EXPECT_NE(out_.str().find("frontier: small/f4-w70 loses 0.50 of at most 1.00 points"), std::string::npos)
      << out_.str();
  const Json last = Json::parse(script_.sweeps.front().spec_json());
  EXPECT_EQ(last.at("winograd").at("rates").size(), script_.sweeps.size()) << "one rate more each time";
  EXPECT_LE(script_.sweeps.size(), 4u);
}

// Of held-out images: the test set is asked once, for what the search has found.
TEST_F(CommandTest, RunLooksAtTheTestSetWhenTheSearchHasEnded) {
  const std::string spec = folder_.Write("s.json", R"({"name": "small", "model": {"name": "lenet-5-3x3"},
    "data": {"name": "fashion-mnist", "held_out": 5000}, "training": {"epochs": 1}, "tile_sizes": [4],
    "winograd": {"rates": [0.6]}, "objective": {"from": 0.5, "to": 0.7, "resolution": 0.1}})");
  script_.results_of = [](const Json& submitted) {
    client::SweepResults results;
    std::vector<std::string> ids = submitted.value("test_trials", std::vector<std::string>());
    for (const std::string& id : ids) EXPECT_EQ(id, "f4-w70");
    const auto add = [&](double rate, const std::string& images) {
      v1::TrialResult trial;
      trial.set_trial("sweeps/small/trials/f4-w" + std::to_string(std::lround(rate * 100)) +
                      (images == "test" ? "-test" : ""));
      trial.mutable_parameters()->set_winograd_rate(rate);
      trial.mutable_parameters()->set_images(images);
      trial.mutable_winograd_sparsity()->set_reached(rate);
      trial.set_dense_accuracy(0.9);
      trial.set_accuracy(images == "test" ? 0.887 : 0.899);
      results.trials.push_back(std::move(trial));
    };
    for (const Json& step : submitted.at("winograd").at("rates")) {
      add(step.is_object() ? step.at("rate").get<double>() : step.get<double>(), "held-out");
    }
    if (!ids.empty()) add(0.7, "test");
    return results;
  };
  v1::WatchSweepResponse end;
  end.mutable_sweep()->set_state(v1::SWEEP_STATE_SUCCEEDED);
  script_.watches["sweeps/small"] = {end};
  EXPECT_EQ(Winnow({"run", spec, "--output", folder_.path() / "out"}), kExitOk) << err_.str();
  EXPECT_NE(out_.str().find("frontier: small/f4-w70 loses 0.10"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("on the test set it loses 1.30"), std::string::npos) << out_.str();
  EXPECT_EQ(Json::parse(script_.sweeps.front().spec_json()).at("test_trials"), Json({"f4-w70"}));
}

TEST_F(CommandTest, ExportAndArtifactWriteFiles) {
  const std::string name = "artifacts/sha256-" + Sha256Hex("net");
  script_.artifacts[name] = "net";
  script_.sweeps = {MakeSweep("a", v1::SWEEP_STATE_SUCCEEDED)};
  v1::TrialResult trial;
  trial.set_trial("sweeps/a/trials/f4-s30");
  trial.set_checkpoint(name);
  v1::TrialResult without;
  without.set_trial("sweeps/a/trials/f4-s40");
  script_.results["sweeps/a"].trials = {trial, without};
  const std::string file = folder_.path() / "net.safetensors";
  EXPECT_EQ(Winnow({"export", "a/f4-s30", "-o", file}), kExitOk) << err_.str();
  EXPECT_TRUE(std::filesystem::exists(file));
  EXPECT_EQ(Winnow({"export", "a/f4-s40", "-o", file}), kExitNotFound);
  EXPECT_NE(err_.str().find("no checkpoint yet"), std::string::npos);
  EXPECT_EQ(Winnow({"export", "a/f4-s3", "-o", file}), kExitNotFound);
  EXPECT_NE(err_.str().find("did you mean \"f4-s30\""), std::string::npos) << err_.str();
  EXPECT_EQ(Winnow({"artifact", "get", Sha256Hex("net"), "-o", file + "2"}), kExitOk);
  EXPECT_EQ(Winnow({"artifact", "get", Sha256Hex("other"), "-o", file}), kExitNotFound);
}

// The checkpoint in between lies in a folder of its own.
TEST_F(CommandTest, AnInterruptedPackedExportLeavesNothingBehind) {
  const std::string name = "artifacts/sha256-" + Sha256Hex("net");
  script_.artifacts[name] = "net";
  script_.sweeps = {MakeSweep("a", v1::SWEEP_STATE_SUCCEEDED)};
  v1::TrialResult trial;
  trial.set_trial("sweeps/a/trials/f4-s30");
  trial.set_checkpoint(name);
  script_.results["sweeps/a"].trials = {trial};
  const std::filesystem::path passing = folder_.path() / "passing";
  std::filesystem::create_directories(passing);
  ::setenv("TMPDIR", passing.c_str(), 1);
  interrupts_.Raise();
  EXPECT_EQ(Winnow({"export", "a/f4-s30", "--packed", "-o", folder_.path() / "packed"}), kExitInterrupted)
      << err_.str();
  ::unsetenv("TMPDIR");
  EXPECT_TRUE(std::filesystem::is_empty(passing));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "packed"));
}

TEST_F(CommandTest, CancelAsksForIt) {
  script_.sweeps = {MakeSweep("a", v1::SWEEP_STATE_RUNNING)};
  EXPECT_EQ(Winnow({"cancel", "a"}), kExitOk);
  EXPECT_EQ(script_.calls, (std::vector<std::string>{"CancelSweep sweeps/a"}));
  EXPECT_EQ(out_.str(), "a: cancelling (no stages)\n");
}

TEST_F(CommandTest, LogsOfStagePrefixTrialAndSweep) {
  script_.sweeps = {MakeSweep("a", v1::SWEEP_STATE_RUNNING)};
  const std::string key(64, 'e');
  v1::Stage stage;
  stage.set_name("stages/" + key);
  stage.set_label("train");
  stage.set_attempt(1);
  script_.stages["sweeps/a"] = {stage};
  script_.logs["stages/" + key] = "one\ntwo\nthree\n";
  EXPECT_EQ(Winnow({"logs", key}), kExitOk);
  EXPECT_EQ(out_.str(), "one\ntwo\nthree\n");
  EXPECT_EQ(Winnow({"logs", key.substr(0, 8), "--tail", "2"}), kExitOk);
  EXPECT_EQ(out_.str(), "two\nthree\n");
  EXPECT_EQ(Winnow({"logs", key.substr(0, 8), "--tail", "1", "-f"}), kExitOk);
  EXPECT_EQ(out_.str(), "three\n");
  EXPECT_EQ(Winnow({"logs", "a"}), kExitOk);
  EXPECT_EQ(out_.str(), "train | one\ntrain | two\ntrain | three\n");
  v1::Trial trial;
  trial.set_name("sweeps/a/trials/dense");
  trial.set_net_stage("stages/" + key);
  script_.trials = {trial};
  EXPECT_EQ(Winnow({"logs", "a/dense", "--tail", "1"}), kExitOk);
  EXPECT_EQ(out_.str(), "train | three\n");
  EXPECT_EQ(Winnow({"logs", "ffffffff"}), kExitNotFound);
}

TEST_F(CommandTest, WatchEndsWithInterrupts) {
  script_.sweeps = {MakeSweep("a", v1::SWEEP_STATE_RUNNING)};
  v1::WatchSweepResponse first;
  first.mutable_sweep()->set_state(v1::SWEEP_STATE_RUNNING);
  script_.watches["sweeps/a"] = {first};
  script_.watches_hang = true;
  std::thread user([this] { interrupts_.Raise(); });
  EXPECT_EQ(Winnow({"watch", "a"}), kExitInterrupted);
  user.join();
}

TEST_F(CommandTest, StuckSweepsAreGivenUpWithTheReason) {
  script_.sweeps = {MakeSweep("a", v1::SWEEP_STATE_RUNNING)};
  v1::WatchSweepResponse first;
  first.mutable_sweep()->set_state(v1::SWEEP_STATE_RUNNING);
  v1::Stage* stage = first.add_stages();
  stage->set_name("stages/x");
  stage->set_state(v1::STAGE_STATE_QUEUED);
  stage->set_reason("no worker has data set fashion-mnist");
  script_.watches["sweeps/a"] = {first};
  script_.watches_hang = true;
  ConnectionOptions options;
  options.server = "test:1";
  const auto session = Session::Open(options, context_);
  ASSERT_TRUE(session);
  WatchRequest request;
  request.sweep = "sweeps/a";
  request.give_up_when_stuck = true;
  // The hand of the clock, turned until the command gives up.
  std::atomic<bool> done = false;
  std::thread hand([&] {
    while (!done) {
      clock_.Advance(std::chrono::seconds(1));
      std::this_thread::yield();
    }
  });
  const auto outcome = WatchToEnd(**session, context_, request);
  done = true;
  hand.join();
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code(), StatusCode::kUnavailable);
  EXPECT_NE(outcome.error().message().find("fashion-mnist"), std::string::npos);
}

TEST_F(CommandTest, FullDiskIsNoSuccess) {
  out_.setstate(std::ios::badbit);
  EXPECT_EQ(RunCommandLine({"version"}, context_), kExitUnavailable);
  out_.clear();
}

}  // namespace
}  // namespace winnow::cli
