#include "server/store/stage_cache.h"

#include <utility>

#include "base/clock.h"

namespace winnow::server {
namespace {

// As the database keeps it.
std::optional<WallTime> InMillis(const std::optional<WallTime>& time) {
  return time ? std::optional(FromUnixMillis(ToUnixMillis(*time))) : std::nullopt;
}

}  // namespace

void StageCache::Update(const Stage& stage, int64_t revision) {
  Entry* const entry = Find(stage.key);
  if (entry == nullptr) return;
  entry->state = stage.state;
  if (!entry->stage) return;
  Stage& known = *entry->stage;
  known.labels = stage.labels;
  known.memory_bytes = stage.memory_bytes;
  known.max_attempts = stage.max_attempts;
  known.state = stage.state;
  known.reason = stage.reason;
  known.attempt = stage.attempt;
  known.failed_attempts = stage.failed_attempts;
  known.worker = stage.worker;
  known.token = stage.token;
  known.resume = stage.resume;
  known.start_time = InMillis(stage.start_time);
  known.end_time = InMillis(stage.end_time);
  known.result_json = stage.result_json;
  known.numerics_class = stage.numerics_class;
  known.revision = revision;
}

void StageCache::SetTrials(const std::string& key, std::vector<Trial> trials) {
  Entry* const entry = Find(key);
  if (entry == nullptr) return;
  entry->trials = std::move(trials);
  entry->trials_version = trials_version_;
}

void StageCache::UpdateTrial(const Trial& trial, int64_t revision) {
  if (trial.net.empty()) return ForgetTrials();  // it says not where it stands
  for (const std::string* const key : {&trial.net, &trial.evaluate, &trial.benchmark}) {
    Entry* const entry = key->empty() ? nullptr : Find(*key);
    if (entry == nullptr || !entry->trials) continue;
    for (Trial& known : *entry->trials) {
      if (known.sweep != trial.sweep || known.id != trial.id) continue;
      known.state = trial.state;
      known.reason = trial.reason;
      known.revision = revision;
    }
  }
}

}  // namespace winnow::server
