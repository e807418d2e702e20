// Stages small enough for tests: requests for them, and running them in this process.
#ifndef TESTS_UNIT_WORKER_STAGE_TINY_STAGE_H_
#define TESTS_UNIT_WORKER_STAGE_TINY_STAGE_H_

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace winnow::worker {

// A folder of this test's own, removed at the end.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Where Fashion-MNIST lies: Debian's copy, or one of the same sizes made up and written by the first caller of this
// process. `IsReal` tells which: what is learnt differs, what must hold does not.
std::filesystem::path FashionMnistFolder();
bool IsRealFashionMnist();

inline constexpr int kTinyTrainImages = 256;

// Parameters for lenet-5-3x3 on kTinyTrainImages images; the caller changes what matters to it.
Json TinyTraining(int epochs);
Json TrainParametersJson(int epochs);
Json SpatialPruneParametersJson(int tile_size, double rate, int epochs);
Json WinogradPruneParametersJson(int tile_size, double rate, int epochs);
// Every option of the method that computes something, F(4x4,3x3).
Json SecondOrderParametersJson(double rate, int epochs);
Json EvaluateParametersJson(int tile_size);

// A whole request that writes to `output`. `parent`: the output folder of the stage it starts from, or "".
Json StageRequestJson(const std::string& kind, const Json& parameters, const std::filesystem::path& output,
                      const std::filesystem::path& parent);

struct StageRun {
  int exit_code = -1;
  std::vector<Json> events;

  // The events of one kind.
  std::vector<Json> Of(const std::string& event) const;
  // The values of `result`; null where there is none.
  Json Values() const;
  // All that was written, for messages of failed expectations.
  std::string Text() const;
};

// Runs the request in this process, as winnow-stage does. `stop_at`: the stage is told to stop when it asks for the
// so-manieth time, counted from 0; -1 never.
StageRun RunInProcess(const Json& request, int64_t stop_at = -1);

// The SHA-256 of the checkpoint in a stage's output folder.
std::string CheckpointDigest(const std::filesystem::path& output);

}  // namespace winnow::worker

#endif  // TESTS_UNIT_WORKER_STAGE_TINY_STAGE_H_
