// Records for tests of what stands on the store: small, valid, and told apart by a number.
#ifndef TESTS_SUPPORT_STORE_SAMPLES_H_
#define TESTS_SUPPORT_STORE_SAMPLES_H_

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "server/domain/stage.h"
#include "server/domain/sweep.h"
#include "server/domain/trial.h"
#include "server/store/store.h"

namespace winnow::testing {

// A stage's key, and an artifact's digest.
inline std::string SampleKey(int number) { return Sha256Hex("stage " + std::to_string(number)); }
inline std::string SampleDigest(int number) { return Sha256Hex("artifact " + std::to_string(number)); }

inline server::Sweep SampleSweep(const std::string& id) {
  server::Sweep sweep;
  sweep.id = id;
  sweep.description = "about " + id;
  sweep.create_time = FromUnixMillis(1700000000000);
  sweep.trial_count = 1;
  sweep.stage_total = 3;
  sweep.stage_unshared = 4;
  return sweep;
}

inline server::Stage SampleStage(int number, std::vector<std::string> parents = {},
                                 server::StageState state = server::StageState::kQueued) {
  server::Stage stage;
  stage.key = SampleKey(number);
  stage.kind = parents.empty() ? spec::StageKind::kTrain : spec::StageKind::kSpatialPrune;
  stage.version = 1;
  stage.label = "stage " + std::to_string(number);
  stage.parameters_json = "{\"number\":" + std::to_string(number) + "}";
  stage.parents = std::move(parents);
  stage.threads = 2;
  stage.data_set = "fashion-mnist";
  stage.data_digest = SampleDigest(1000);
  stage.memory_bytes = int64_t{1} << 30;
  stage.max_attempts = 2;
  stage.state = state;
  return stage;
}

inline server::Trial SampleTrial(const std::string& sweep, const std::string& id, int position, int net, int evaluate) {
  server::Trial trial;
  trial.sweep = sweep;
  trial.id = id;
  trial.position = position;
  trial.tile_size = 4;
  trial.spatial_rate = 0.5;
  trial.seed = 11;
  trial.images = "held-out";
  trial.net = SampleKey(net);
  trial.evaluate = SampleKey(evaluate);
  trial.dense_evaluate = SampleKey(evaluate);
  trial.trained_on_evaluate = SampleKey(evaluate);
  return trial;
}

inline server::Artifact SampleArtifact(int number, WallTime upload_time = FromUnixMillis(1700000000000)) {
  return {.digest = SampleDigest(number), .size_bytes = 100 + number, .upload_time = upload_time};
}

// Reads with one question: Ask(store, [](const StoreReader& reader) { return reader.FindSweep("a"); }).
template <typename Question>
auto Ask(server::Store& store, Question question) -> decltype(question(std::declval<const server::StoreReader&>())) {
  using Answer = decltype(question(std::declval<const server::StoreReader&>()));
  Answer answer = Err(Internal("the store did not call back"));
  const Status status = store.Read([&](const server::StoreReader& reader) {
    answer = question(reader);
    return OkStatus();
  });
  if (!status.ok()) return Err(status);
  return answer;
}

// Keeps the commit thread within a transaction until it is opened, so that a test decides what gathers meanwhile.
class CommitGate {
 public:
  // Returns once the commit thread stands at the gate.
  explicit CommitGate(server::Store& store) {
    store.Submit(
        [this](server::StoreWriter&) {
          std::unique_lock lock(mutex_);
          reached_ = true;
          changed_.notify_all();
          changed_.wait(lock, [&] { return open_; });
          return OkStatus();
        },
        [this](const Status&) {
          std::lock_guard lock(mutex_);
          passed_ = true;
          changed_.notify_all();
        });
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return reached_; });
  }
  ~CommitGate() {
    Open();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return passed_; });
  }

  void Open() {
    std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
  bool open_ = false;
  bool passed_ = false;
};

}  // namespace winnow::testing

#endif  // TESTS_SUPPORT_STORE_SAMPLES_H_
