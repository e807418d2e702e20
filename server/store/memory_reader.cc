#include "server/store/memory_reader.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

// The page of `rows` (in order) that `request` asks for. `place_of` gives a row's place in the list (its revision is
// the one it was created at), `value_of` what is shown of it.
template <typename T, typename Rows, typename PlaceOf, typename ValueOf>
Result<Page<T>> MakePage(const std::string& list, const PageRequest& request, int64_t revision, const Rows& rows,
                         PlaceOf place_of, ValueOf value_of) {
  WINNOW_ASSIGN_OR_RETURN(const int size, EffectivePageSize(request.size));
  std::optional<PagePosition> after;
  if (!request.token.empty()) {
    WINNOW_ASSIGN_OR_RETURN(after, ParsePageToken(list, request.token));
    revision = after->revision;
  }
  Page<T> page;
  PagePosition last;
  for (const auto& row : rows) {
    const PagePosition place = place_of(row);
    if (place.revision > revision) continue;
    if (after && std::tie(place.number, place.text) <= std::tie(after->number, after->text)) continue;
    if (page.items.size() == static_cast<size_t>(size)) {
      last.revision = revision;
      page.next_token = MakePageToken(list, last);
      break;
    }
    page.items.push_back(value_of(row));
    last = place;
  }
  return page;
}

Stage WithoutResult(Stage stage) {
  stage.result_json.clear();
  return stage;
}

}  // namespace

Status MemoryReader::NeedSweep(const std::string& id) const {
  return tables_->sweeps.contains(id) ? OkStatus() : NotFound(SweepName(id) + " is not there");
}

Status MemoryReader::NeedStage(const std::string& key) const {
  return tables_->stages.contains(key) ? OkStatus() : NotFound(StageName(key) + " is not there");
}

// Sweeps.

Result<std::optional<Sweep>> MemoryReader::FindSweep(const std::string& id) const {
  const auto it = tables_->sweeps.find(id);
  return it == tables_->sweeps.end() ? std::optional<Sweep>() : std::optional<Sweep>(it->second->sweep);
}

Result<std::optional<std::string>> MemoryReader::FindSweepSpec(const std::string& id) const {
  const auto it = tables_->sweeps.find(id);
  return it == tables_->sweeps.end() ? std::optional<std::string>()
                                     : std::optional<std::string>(*it->second->spec_json);
}

Result<Page<Sweep>> MemoryReader::ListSweeps(const PageRequest& request) const {
  std::map<int64_t, const Sweep*> newest_first;
  for (const auto& [id, row] : tables_->sweeps) newest_first[-row->sweep.order] = &row->sweep;
  return MakePage<Sweep>(
      "sweeps", request, tables_->revision, newest_first,
      [](const auto& entry) { return PagePosition{.revision = 0, .number = entry.first, .text = ""}; },
      [](const auto& entry) { return *entry.second; });
}

Status MemoryReader::ForEachLiveSweep(const Visit<Sweep>& visit) const {
  std::map<int64_t, const Sweep*> live;
  for (const auto& [id, row] : tables_->sweeps) {
    if (!IsTerminal(row->sweep.state)) live[row->sweep.order] = &row->sweep;
  }
  for (const auto& [order, sweep] : live) WINNOW_RETURN_IF_ERROR(visit(*sweep));
  return OkStatus();
}

// Trials.

Result<std::optional<Trial>> MemoryReader::FindTrial(const std::string& sweep, const std::string& id) const {
  const auto it = tables_->trials.find({sweep, id});
  return it == tables_->trials.end() ? std::optional<Trial>() : std::optional<Trial>(it->second->trial);
}

std::vector<const MemoryTables::TrialRow*> MemoryReader::TrialsInOrder(const std::string& sweep) const {
  std::vector<const MemoryTables::TrialRow*> rows;
  for (auto it = tables_->trials.lower_bound({sweep, ""}); it != tables_->trials.end() && it->first.first == sweep;
       ++it) {
    rows.push_back(it->second.get());
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto* a, const auto* b) { return a->trial.position < b->trial.position; });
  return rows;
}

Result<Page<Trial>> MemoryReader::ListTrials(const std::string& sweep, const PageRequest& request) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedSweep(sweep));
  return MakePage<Trial>(
      "trials of " + sweep, request, tables_->revision, TrialsInOrder(sweep),
      [](const auto* row) {
        return PagePosition{.revision = row->create_revision, .number = row->trial.position, .text = row->trial.id};
      },
      [](const auto* row) { return row->trial; });
}

Status MemoryReader::ForEachTrial(const std::string& sweep, const Visit<Trial>& visit) const {
  WINNOW_RETURN_IF_ERROR(NeedSweep(sweep));
  for (const auto* row : TrialsInOrder(sweep)) WINNOW_RETURN_IF_ERROR(visit(row->trial));
  return OkStatus();
}

Result<std::vector<Trial>> MemoryReader::TrialsOfStage(const std::string& key) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedStage(key));
  std::vector<std::pair<std::pair<int64_t, int>, const Trial*>> found;
  for (const auto& [name, row] : tables_->trials) {
    const Trial& trial = row->trial;
    if (trial.net != key && trial.evaluate != key && trial.benchmark != key) continue;
    found.push_back({{tables_->sweeps.at(trial.sweep)->sweep.order, trial.position}, &trial});
  }
  std::sort(found.begin(), found.end());
  std::vector<Trial> trials;
  for (const auto& [order, trial] : found) trials.push_back(*trial);
  return trials;
}

Result<TrialTally> MemoryReader::CountTrials(const std::string& sweep) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedSweep(sweep));
  TrialTally tally;
  for (const auto* row : TrialsInOrder(sweep)) ++CountsIn(tally, row->trial.state);
  return tally;
}

// Stages.

Result<std::optional<Stage>> MemoryReader::FindStage(const std::string& key) const {
  const auto it = tables_->stages.find(key);
  return it == tables_->stages.end() ? std::optional<Stage>() : std::optional<Stage>(it->second->stage);
}

std::vector<MemoryReader::Placed> MemoryReader::PlacedStages(const std::string& sweep) const {
  std::vector<Placed> placed;
  const auto it = tables_->places.find(sweep);
  if (it == tables_->places.end()) return placed;
  for (const auto& [key, place] : *it->second) placed.push_back({tables_->stages.at(key).get(), place});
  std::sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.place.position, a.row->id) < std::tie(b.place.position, b.row->id);
  });
  return placed;
}

Result<StageState> MemoryReader::StateOfStage(const std::string& key) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedStage(key));
  return tables_->stages.at(key)->stage.state;
}

Result<std::vector<StageArtifact>> MemoryReader::ArtifactsOfStage(const std::string& key) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedStage(key));
  return tables_->stages.at(key)->stage.artifacts;
}

Result<Page<Stage>> MemoryReader::ListStages(const std::string& sweep, const PageRequest& request) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedSweep(sweep));
  return MakePage<Stage>(
      "stages of " + sweep, request, tables_->revision, PlacedStages(sweep),
      [](const Placed& placed) {
        // Padded, so that texts compare as the numbers do.
        std::string id = std::to_string(placed.row->id);
        id.insert(0, 20 - id.size(), '0');
        return PagePosition{
            .revision = placed.place.create_revision, .number = placed.place.position, .text = std::move(id)};
      },
      [](const Placed& placed) { return placed.row->stage; });
}

Status MemoryReader::ForEachChangedStage(const std::string& sweep, int64_t after_revision,
                                         const Visit<Stage>& visit) const {
  WINNOW_RETURN_IF_ERROR(NeedSweep(sweep));
  for (const Placed& placed : PlacedStages(sweep)) {
    if (placed.row->stage.revision <= after_revision) continue;
    WINNOW_RETURN_IF_ERROR(visit(WithoutResult(placed.row->stage)));
  }
  return OkStatus();
}

Status MemoryReader::ForEachLiveStage(const Visit<Stage>& visit) const {
  std::map<int64_t, const Stage*> live;
  for (const auto& [key, row] : tables_->stages) {
    if (!IsTerminal(row->stage.state)) live[row->id] = &row->stage;
  }
  for (const auto& [id, stage] : live) WINNOW_RETURN_IF_ERROR(visit(WithoutResult(*stage)));
  return OkStatus();
}

Result<std::vector<std::string>> MemoryReader::ChildrenOf(const std::string& key) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedStage(key));
  std::map<int64_t, std::string> children;
  for (const auto& [child, row] : tables_->stages) {
    const std::vector<std::string>& parents = row->stage.parents;
    if (std::find(parents.begin(), parents.end(), key) != parents.end()) children[row->id] = child;
  }
  std::vector<std::string> keys;
  for (const auto& [id, child] : children) keys.push_back(child);
  return keys;
}

Result<std::vector<StagePlace>> MemoryReader::PlacesOfStage(const std::string& key) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedStage(key));
  std::map<int64_t, StagePlace> by_order;
  for (const auto& [sweep, places] : tables_->places) {
    const auto it = places->find(key);
    if (it == places->end()) continue;
    by_order[tables_->sweeps.at(sweep)->sweep.order] = {.sweep = sweep, .position = it->second.position};
  }
  std::vector<StagePlace> found;
  for (const auto& [order, place] : by_order) found.push_back(place);
  return found;
}

// Attempts, measurements, artifacts.

Result<std::optional<Attempt>> MemoryReader::FindAttempt(const std::string& stage, int number) const {
  const auto it = tables_->attempts.find({stage, number});
  return it == tables_->attempts.end() ? std::optional<Attempt>() : std::optional<Attempt>(*it->second);
}

Result<std::vector<Attempt>> MemoryReader::ListAttempts(const std::string& stage) const {
  std::vector<Attempt> attempts;
  for (auto it = tables_->attempts.lower_bound({stage, 0}); it != tables_->attempts.end() && it->first.first == stage;
       ++it) {
    attempts.push_back(*it->second);
  }
  return attempts;
}

Result<Page<Measurement>> MemoryReader::ListMeasurements(const std::string& stage, const PageRequest& request) const {
  WINNOW_RETURN_ERR_IF_ERROR(NeedStage(stage));
  const auto it = tables_->measurements.find(stage);
  static const MemoryTables::Measurements none;
  const MemoryTables::Measurements& rows = it == tables_->measurements.end() ? none : *it->second;
  WINNOW_ASSIGN_OR_RETURN(const int size, EffectivePageSize(request.size));
  const std::string list = "measurements of " + stage;
  auto row = rows.begin();
  if (!request.token.empty()) {
    WINNOW_ASSIGN_OR_RETURN(const PagePosition after, ParsePageToken(list, request.token));
    row = rows.upper_bound({after.text, after.number});
  }
  Page<Measurement> page;
  for (; row != rows.end(); ++row) {
    if (page.items.size() == static_cast<size_t>(size)) {
      const Measurement& last = page.items.back();
      page.next_token = MakePageToken(list, {.revision = tables_->revision, .number = last.step, .text = last.name});
      break;
    }
    page.items.push_back({.name = row->first.first, .step = row->first.second, .value = row->second});
  }
  return page;
}

Result<std::optional<Artifact>> MemoryReader::FindArtifact(const std::string& digest) const {
  const auto it = tables_->artifacts.find(digest);
  return it == tables_->artifacts.end() ? std::optional<Artifact>() : std::optional<Artifact>(it->second);
}

Status MemoryReader::ForEachArtifact(const Visit<Artifact>& visit) const {
  for (const auto& [digest, artifact] : tables_->artifacts) WINNOW_RETURN_IF_ERROR(visit(artifact));
  return OkStatus();
}

// Workers and requests.

Result<std::optional<WorkerRecord>> MemoryReader::FindWorker(const std::string& id) const {
  const auto it = tables_->workers.find(id);
  return it == tables_->workers.end() ? std::optional<WorkerRecord>() : std::optional<WorkerRecord>(*it->second);
}

Result<Page<WorkerRecord>> MemoryReader::ListWorkers(const PageRequest& request) const {
  return MakePage<WorkerRecord>(
      "workers", request, tables_->revision, tables_->workers,
      [](const auto& entry) { return PagePosition{.revision = 0, .number = 0, .text = entry.first}; },
      [](const auto& entry) { return *entry.second; });
}

Status MemoryReader::ForEachRefusedReport(const Visit<RefusedReport>& visit) const {
  for (const auto& report : tables_->refused_reports) WINNOW_RETURN_IF_ERROR(visit(*report));
  return OkStatus();
}

Result<std::optional<RequestRecord>> MemoryReader::FindRequest(const std::string& request_id) const {
  const auto it = tables_->requests.find(request_id);
  if (it == tables_->requests.end() || it->second->create_time <= clock_.WallNow() - kRequestLifetime) {
    return std::optional<RequestRecord>();
  }
  return std::optional<RequestRecord>(it->second->record);
}

}  // namespace winnow::server
