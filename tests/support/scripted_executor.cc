// A stage executor (docs/formats.md section 4) that does what a script says, for tests of agent and coordinator.
//
// The script is a JSON file named by $WINNOW_SCRIPT: an object whose members are lists of steps, by "KIND/ATTEMPT",
// "KIND" or "*"; the first that is there counts. Without one every stage succeeds. "describe" replaces the answer to
// --describe. Steps, each an object with "do":
//
//   start                       the event `started`, resumed where the request says so
//   event     event             that event line
//   text      text              those bytes on stdout, no newline added
//   log       text              a line on stderr
//   write     path text         a file in the output folder
//   touch     path              a file anywhere: a sign to the test. Holds this process's pid.
//   await     path              waits for a file: a sign of the test
//   resume    epoch             a file and its `resume_point`
//   on_sigterm  then            "give_back": at the next step or in a wait exit 75 after a resume point; "ignore"
//   pause     ms                waits up to so long; how long follows from the process
//   hang                        waits for a signal
//   allocate  mib               memory that is really used
//   huge_line bytes             an event line of that length
//   child     path              starts a process that hangs, in the same process group; the file holds its pid
//   crash     signal            ends by that signal
//   exit      code
//   succeed   nonce             artifact "checkpoint" for stages that make a net, the result, exit 0; where nonce is
//                               true, with a member "nonce" that no other attempt has
//
// The checkpoint's bytes follow from stage and parents alone, as those of a real stage do.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "base/durable_file.h"
#include "base/id.h"
#include "base/json.h"
#include "base/subprocess.h"
#include "spec/stage_kind.h"

namespace winnow::testing {
namespace {

std::atomic<bool> g_terminated{false};

[[noreturn]] void Die(const std::string& message) {
  std::cerr << "scripted executor: " << message << std::endl;
  _exit(3);
}

Json ReadJson(const std::string& path) {
  const Result<std::string> text = ReadFile(path);
  if (!text) Die(text.error().message());
  Result<Json> value = ParseJson(*text);
  if (!value) Die(path + ": " + value.error().message());
  return *value;
}

void Say(const Json& event) {
  const std::string line = DumpJson(event) + "\n";
  if (!WriteAll(1, line, "an event").ok()) _exit(3);
}

Json ResultValues(const std::string& kind, const Json& request) {
  const Json parameters = request["parameters"];
  if (kind == "evaluate") {
    const double left = 0.5 / static_cast<double>(1 + request["parents"].dump().size() % 7);
    return {
        {"accuracy", 0.9},
        {"correct", 9000},
        {"images", 10000},
        {"loss", 0.3},
        {"sparsity", {{"prunable", 0.6}, {"network", 0.5}, {"multiplications_left", left}}},
        {"layers",
         {{{"name", "conv0"}, {"spatial_sparsity", nullptr}, {"winograd_sparsity", 0.6}, {"multiplications", 1000}}}},
        {"seconds", 0.1}};
  }
  if (kind == "benchmark") {
    const Json row = {{"batch_size", 1},
                      {"threads", 1},
                      {"ours_ms", 1.0},
                      {"peers", {{"onednn-direct", 2.0}}},
                      {"ratios", {{"onednn-direct", 2.0}}},
                      {"noisy", false},
                      {"network", {{"ours_ms", 2.0}, {"peers", {{"onednn", 3.0}}}, {"ratios", {{"onednn", 1.5}}}}},
                      {"layers", Json::array()}};
    return {{"fingerprint", {{"cpu", "scripted"}, {"digest", std::string(64, 'f')}}},
            {"tile_size", parameters.value("tile_size", 4)},
            {"rows", Json::array({row})}};
  }
  Json values = {{"epochs", 1}, {"train_images", 100}, {"train_loss", 0.5}, {"train_accuracy", 0.8}, {"seconds", 0.1}};
  if (kind != "train") {
    const double rate = parameters.value("rate", 0.5);
    values["rate"] = rate;
    values["layers"] = Json::array({{{"name", "conv0"}, {"target", rate}, {"reached", rate}}});
    if (kind == "spatial_prune") {
      values["layers"][0]["spatial_sparsity"] = rate;
      values["layers"][0]["threshold"] = 0.01;
    }
  }
  return values;
}

class Executor {
 public:
  explicit Executor(Json request) : request_(std::move(request)), kind_(request_["kind"]) {}

  void Run(const Json& steps) {
    for (const Json& step : steps) {
      GiveBackIfAsked();
      Do(step["do"].get<std::string>(), step);
    }
    Die("the script has no end");
  }

 private:
  void Do(const std::string& what, const Json& step) {
    if (what == "start") {
      const int64_t epoch = request_.contains("resume") ? request_["resume"]["epoch"].get<int64_t>() : 0;
      Say({{"event", "started"}, {"numerics_class", "scripted;1"}, {"resumed_epoch", epoch}, {"pid", ::getpid()}});
    } else if (what == "event") {
      Say(step["event"]);
    } else if (what == "text") {
      if (!WriteAll(1, step["text"].get<std::string>(), "text").ok()) _exit(3);
    } else if (what == "log") {
      std::cerr << step["text"].get<std::string>() << std::endl;
    } else if (what == "write") {
      Write(step["path"], step["text"]);
    } else if (what == "touch") {
      if (!WriteFileDurably(step["path"].get<std::string>(), std::to_string(::getpid())).ok()) Die("cannot touch");
    } else if (what == "await") {
      const std::string path = step["path"];
      while (::access(path.c_str(), F_OK) != 0) Wait(5);
    } else if (what == "resume") {
      Resume(step["epoch"]);
    } else if (what == "on_sigterm") {
      give_back_ = step["then"] == "give_back";
      ::signal(SIGTERM, [](int) { g_terminated = true; });
    } else {
      DoRare(what, step);
    }
  }

  void DoRare(const std::string& what, const Json& step) {
    if (what == "pause") {
      Wait(::getpid() * 7919 % (step["ms"].get<int>() + 1));
    } else if (what == "hang") {
      while (true) Wait(1000);
    } else if (what == "allocate") {
      const size_t bytes = step["mib"].get<size_t>() << 20;
      memory_.push_back(std::make_unique<char[]>(bytes));
      for (size_t at = 0; at < bytes; at += 4096) memory_.back()[at] = 1;
    } else if (what == "huge_line") {
      const std::string line(step["bytes"].get<size_t>(), 'x');
      if (!WriteAll(1, line, "a line").ok()) _exit(3);
    } else if (what == "child") {
      const pid_t child = ::fork();
      if (child == 0) {
        while (true) ::pause();
      }
      if (!WriteFileDurably(step["path"].get<std::string>(), std::to_string(child)).ok()) Die("cannot touch");
    } else if (what == "crash") {
      const rlimit no_core{0, 0};
      ::setrlimit(RLIMIT_CORE, &no_core);
      ::signal(step["signal"], SIG_DFL);
      ::raise(step["signal"]);
    } else if (what == "exit") {
      _exit(step["code"]);
    } else if (what == "succeed") {
      Succeed(step.value("nonce", false));
    } else {
      Die("no step \"" + what + "\"");
    }
  }

  void Succeed(bool with_nonce) {
    if (spec::MakesNet(*spec::FindStageKind(kind_))) {
      Write("checkpoint.safetensors", "net of " + request_["stage"].get<std::string>() + "\n" + ParentDigests());
      Say({{"event", "artifact"},
           {"name", "checkpoint"},
           {"path", "checkpoint.safetensors"},
           {"media_type", "application/octet-stream"}});
    }
    Json values = ResultValues(kind_, request_);
    if (with_nonce) values["nonce"] = RandomHex(8);
    Say({{"event", "result"}, {"values", values}});
    _exit(0);
  }

  std::string ParentDigests() const {
    std::string text;
    for (const Json& parent : request_["parents"]) text += parent["digest"].get<std::string>() + "\n";
    return text;
  }

  void Resume(int64_t epoch) {
    const std::string name = "resume-" + std::to_string(epoch) + ".safetensors";
    Write(name, "resume point after epoch " + std::to_string(epoch) + " of " + request_["stage"].get<std::string>());
    Say({{"event", "resume_point"}, {"path", name}, {"epoch", epoch}});
    epoch_ = epoch;
  }

  void Write(const std::string& path, const std::string& text) {
    const Status written = WriteFileDurably(request_["output_dir"].get<std::string>() + "/" + path, text);
    if (!written.ok()) Die(written.message());
  }

  // Ends early for a signal.
  void Wait(int ms) {
    ::poll(nullptr, 0, ms);
    GiveBackIfAsked();
  }

  void GiveBackIfAsked() {
    if (!g_terminated || !give_back_) return;
    Resume(epoch_ + 1);
    _exit(75);
  }

  const Json request_;
  const std::string kind_;
  bool give_back_ = false;
  int64_t epoch_ = 0;
  std::vector<std::unique_ptr<char[]>> memory_;
};

Json Script() {
  const char* const path = std::getenv("WINNOW_SCRIPT");
  return path == nullptr ? Json::object() : ReadJson(path);
}

int Describe(const Json& script) {
  if (script.contains("describe")) {
    std::cout << script["describe"].get<std::string>() << std::endl;
    return script.value("describe_exit", 0);
  }
  Json versions = Json::object();
  for (const spec::StageKind kind : spec::kStageKinds) {
    versions[std::string(spec::StageKindName(kind))] = spec::StageKindVersion(kind);
  }
  std::cout << DumpJson({{"protocol", 1},
                         {"versions", versions},
                         {"numerics_class", "scripted;1"},
                         {"isa", "scalar"},
                         {"fingerprint", {{"cpu", "scripted"}, {"cores", 1}, {"digest", std::string(64, 'f')}}}})
            << std::endl;
  return 0;
}

int Main(const std::vector<std::string>& arguments) {
  const Json script = Script();
  if (arguments.size() == 1 && arguments[0] == "--describe") return Describe(script);
  if (arguments.size() != 4 || arguments[0] != "--request" || arguments[2] != "--lifeline") {
    Die("takes --describe, or --request FILE --lifeline FD");
  }
  WatchLifeline(std::atoi(arguments[3].c_str()), 4);
  const Json request = ReadJson(arguments[1]);
  const std::string kind = request["kind"];
  const std::string attempt = kind + "/" + std::to_string(request["attempt"].get<int>());
  for (const std::string& name : {attempt, kind, std::string("*")}) {
    if (script.contains(name)) Executor(request).Run(script[name]);
  }
  Executor(request).Run(Json::array(
      {{{"do", "start"}},
       {{"do", "event"}, {"event", {{"event", "progress"}, {"done", 1}, {"total", 1}, {"unit", "epochs"}}}},
       {{"do", "event"}, {"event", {{"event", "measurement"}, {"name", "loss"}, {"step", 1}, {"value", 0.5}}}},
       {{"do", "succeed"}}}));
  return 0;
}

}  // namespace
}  // namespace winnow::testing

int main(int argc, char** argv) { return winnow::testing::Main(std::vector<std::string>(argv + 1, argv + argc)); }
