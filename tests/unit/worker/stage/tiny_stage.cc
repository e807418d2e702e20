#include "tests/unit/worker/stage/tiny_stage.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <random>
#include <sstream>

#include "base/clock.h"
#include "base/durable_file.h"
#include "base/sha256.h"
#include "base/unique_fd.h"
#include "spec/data_set.h"
#include "spec/stage_kind.h"
#include "worker/stage/event_writer.h"
#include "worker/stage/run_stage.h"

namespace winnow::worker {
namespace {

constexpr char kDebianFolder[] = "/usr/share/datasets/fashion-mnist";

void AppendBigEndian(std::string& text, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<char>(value >> shift & 0xFF));
}

// The files of one split, with `count` images of noise in which row 2 * label is bright.
void WriteSplit(const std::filesystem::path& folder, const std::vector<std::string>& names, uint32_t count) {
  std::mt19937 generator(count);
  std::string images, labels;
  for (const uint32_t value : {0x00000803U, count, 28U, 28U}) AppendBigEndian(images, value);
  for (const uint32_t value : {0x00000801U, count}) AppendBigEndian(labels, value);
  for (uint32_t i = 0; i < count; ++i) {
    const auto label = static_cast<uint32_t>(generator() % 10);
    labels.push_back(static_cast<char>(label));
    for (uint32_t pixel = 0; pixel < 28 * 28; ++pixel) {
      images.push_back(static_cast<char>(pixel / 28 / 2 == label ? 200 : generator() % 60));
    }
  }
  if (!WriteFileDurably(folder / names[0], images).ok() || !WriteFileDurably(folder / names[1], labels).ok()) {
    std::abort();
  }
}

std::filesystem::path MadeUpFashionMnist() {
  static const TestFolder folder;
  static const bool written = [] {
    const spec::DataSet data_set = *spec::FindDataSet("fashion-mnist");
    WriteSplit(folder.path(), data_set.train_files, static_cast<uint32_t>(data_set.train_images));
    WriteSplit(folder.path(), data_set.test_files, static_cast<uint32_t>(data_set.test_images));
    return true;
  }();
  (void)written;
  return folder.path();
}

Json TinyModel() { return {{"name", "lenet-5-3x3"}}; }
Json TinyData() { return {{"name", "fashion-mnist"}, {"train_limit", kTinyTrainImages}}; }

std::vector<Json> ParseLines(const std::string& text) {
  std::vector<Json> events;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const Result<Json> event = ParseJson(line);
    events.push_back(event ? *event : Json{{"event", "not JSON: " + line}});
  }
  return events;
}

}  // namespace

TestFolder::TestFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "winnow-stage-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) std::abort();
  path_ = pattern;
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

bool IsRealFashionMnist() { return std::filesystem::exists(kDebianFolder); }

std::filesystem::path FashionMnistFolder() { return IsRealFashionMnist() ? kDebianFolder : MadeUpFashionMnist(); }

Json TinyTraining(int epochs) {
  return {{"epochs", epochs},
          {"batch_size", 32},
          {"seed", 5},
          {"optimizer", {{"name", "sgd"}, {"momentum", 0.9}, {"weight_decay", 0.0005}}},
          {"learning_rate", {{"initial", 0.05}, {"schedule", "cosine"}}},
          {"augmentation", {{"crop_padding", 2}, {"flip", true}}}};
}

Json TrainParametersJson(int epochs) {
  return {{"model", TinyModel()}, {"data", TinyData()}, {"training", TinyTraining(epochs)}};
}

Json SpatialPruneParametersJson(int tile_size, double rate, int epochs) {
  Json parameters = TrainParametersJson(epochs);
  parameters["training"]["learning_rate"]["initial"] = 0.01;
  parameters["tile_size"] = tile_size;
  parameters["rate"] = rate;
  return parameters;
}

Json WinogradPruneParametersJson(int tile_size, double rate, int epochs) {
  Json parameters = SpatialPruneParametersJson(tile_size, rate, epochs);
  parameters["training"]["learning_rate"]["initial"] = 0.001;
  parameters["training"]["batch_norm_momentum"] = 0.01;
  return parameters;
}

Json SecondOrderParametersJson(double rate, int epochs) {
  Json parameters = WinogradPruneParametersJson(4, rate, epochs);
  parameters.update({{"selection", "second-order"},
                     {"moments", "measured"},
                     {"moment_images", 64},
                     {"compensation", "layer"},
                     {"allocation", "work"},
                     {"fisher_rows", true},
                     {"centre_outputs", true},
                     {"rounds", 2},
                     {"preconditioner", "kernel"},
                     {"batch_norm_images", 64},
                     {"distillation", {{"weight", 0.5}}}});
  return parameters;
}

Json EvaluateParametersJson(int tile_size) {
  return {{"model", TinyModel()}, {"data", {{"name", "fashion-mnist"}, {"test_limit", 500}}}, {"tile_size", tile_size}};
}

Json StageRequestJson(const std::string& kind, const Json& parameters, const std::filesystem::path& output,
                      const std::filesystem::path& parent) {
  const std::string key = Sha256Hex(output.string());
  Json request = {{"protocol", 1},
                  {"stage", "stages/" + key},
                  {"kind", kind},
                  {"version", spec::StageKindVersion(*spec::FindStageKind(kind))},
                  {"attempt", 1},
                  {"parameters", parameters},
                  {"parents", Json::array()},
                  {"numerics", {{"device", "cpu"}, {"threads", 1}}},
                  {"memory_limit_bytes", int64_t{2} << 30},
                  {"output_dir", output.string()}};
  if (!parent.empty()) {
    const std::filesystem::path checkpoint = parent / "checkpoint.safetensors";
    request["parents"].push_back(
        {{"key", key}, {"checkpoint", checkpoint.string()}, {"digest", CheckpointDigest(parent)}});
  }
  if (kind != "benchmark") {
    request["data"] = {{"name", "fashion-mnist"}, {"digest", key}, {"path", FashionMnistFolder().string()}};
  }
  return request;
}

std::vector<Json> StageRun::Of(const std::string& event) const {
  std::vector<Json> found;
  for (const Json& candidate : events) {
    if (candidate.value("event", "") == event) found.push_back(candidate);
  }
  return found;
}

Json StageRun::Values() const {
  const std::vector<Json> results = Of("result");
  return results.empty() ? Json() : results.back().at("values");
}

std::string StageRun::Text() const {
  std::string text = "exit " + std::to_string(exit_code) + "\n";
  for (const Json& event : events) text += DumpJson(event) + "\n";
  return text;
}

StageRun RunInProcess(const Json& request, int64_t stop_at) {
  const TestFolder folder;
  const std::filesystem::path request_file = folder.path() / "request.json", lines = folder.path() / "events";
  if (!WriteFileDurably(request_file, DumpJson(request)).ok()) std::abort();
  const UniqueFd out(::open(lines.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
  EventWriter events(out.get(), SystemClock());
  int64_t asked = 0;
  StageRun run;
  run.exit_code = RunStage(request_file, events, *SystemClock(), [&] { return asked++ == stop_at; });
  run.events = ParseLines(*ReadFile(lines));
  return run;
}

std::string CheckpointDigest(const std::filesystem::path& output) {
  const Result<std::string> digest = Sha256File(output / "checkpoint.safetensors");
  return digest ? *digest : "none: " + digest.error().message();
}

}  // namespace winnow::worker
