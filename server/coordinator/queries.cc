#include "server/coordinator/queries.h"

#include <map>
#include <optional>
#include <utility>

namespace winnow::server {
namespace {

// Stages of one answer; those that many trials share are read once.
class StageCache {
 public:
  explicit StageCache(const StoreReader* reader) : reader_(reader) {}

  // Null for "". The pointer stays valid.
  Result<const Stage*> Get(const std::string& key) {
    if (key.empty()) return nullptr;
    const auto it = stages_.find(key);
    if (it != stages_.end()) return &it->second;
    WINNOW_ASSIGN_OR_RETURN(Stage stage, reader_->GetStage(key));
    return &stages_.emplace(key, std::move(stage)).first->second;
  }

 private:
  const StoreReader* const reader_;
  std::map<std::string, Stage> stages_;
};

Result<ResultStages> StagesOfTrial(StageCache& cache, const Trial& trial) {
  ResultStages stages;
  WINNOW_ASSIGN_OR_RETURN(stages.net, cache.Get(trial.net));
  WINNOW_ASSIGN_OR_RETURN(stages.evaluate, cache.Get(trial.evaluate));
  WINNOW_ASSIGN_OR_RETURN(stages.benchmark, cache.Get(trial.benchmark));
  WINNOW_ASSIGN_OR_RETURN(stages.dense_evaluate, cache.Get(trial.dense_evaluate));
  WINNOW_ASSIGN_OR_RETURN(stages.trained_on_evaluate, cache.Get(trial.trained_on_evaluate));
  const Stage* ancestor = stages.net;
  while (ancestor != nullptr) {
    if (ancestor->kind == spec::StageKind::kSpatialPrune && stages.spatial == nullptr) stages.spatial = ancestor;
    stages.train = ancestor;
    if (ancestor->parents.empty()) break;
    WINNOW_ASSIGN_OR_RETURN(ancestor, cache.Get(ancestor->parents.front()));
  }
  return stages;
}

}  // namespace

Result<SweepView> GetSweepView(const StoreReader& reader, const std::string& id) {
  WINNOW_ASSIGN_OR_RETURN(Sweep sweep, reader.GetSweep(id));
  WINNOW_ASSIGN_OR_RETURN(std::optional<std::string> spec, reader.FindSweepSpec(id));
  return SweepView{std::move(sweep), std::move(spec).value_or("")};
}

Result<ResultsPage> ListResults(const StoreReader& reader, const std::string& sweep, const PageRequest& request) {
  WINNOW_ASSIGN_OR_RETURN(const Sweep record, reader.GetSweep(sweep));
  WINNOW_ASSIGN_OR_RETURN(Page<Trial> trials, reader.ListTrials(sweep, request));
  ResultsPage page;
  page.fingerprint_json = record.fingerprint_json;
  page.results.next_token = std::move(trials.next_token);
  StageCache cache(&reader);
  if (request.token.empty() && !trials.items.empty()) {
    WINNOW_ASSIGN_OR_RETURN(const Stage* const dense, cache.Get(trials.items.front().dense_benchmark));
    if (dense != nullptr) page.dense_benchmark = BenchmarkRowsOf(*dense);
  }
  for (Trial& trial : trials.items) {
    WINNOW_ASSIGN_OR_RETURN(const ResultStages stages, StagesOfTrial(cache, trial));
    page.results.items.push_back(JoinResult(std::move(trial), stages));
  }
  return page;
}

}  // namespace winnow::server
