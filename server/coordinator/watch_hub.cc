#include "server/coordinator/watch_hub.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/domain/resource_name.h"

namespace winnow::server {
namespace {

Status StoppingWatch() { return Unavailable("the coordinator is stopping; watch again from the last revision"); }

int64_t PositionIn(const StoreReader& reader, const std::string& key, const std::string& sweep) {
  const Result<std::vector<StagePlace>> places = reader.PlacesOfStage(key);
  if (!places) return 0;
  const auto it = std::find_if(places->begin(), places->end(), [&](const StagePlace& p) { return p.sweep == sweep; });
  return it == places->end() ? 0 : it->position;
}

// By place in the graph, after stages have been appended out of turn.
void SortByPosition(const StoreReader& reader, const std::string& sweep, std::vector<Stage>& stages) {
  std::vector<std::pair<int64_t, Stage>> placed;
  for (Stage& stage : stages) {
    const int64_t position = PositionIn(reader, stage.key, sweep);
    placed.emplace_back(position, std::move(stage));
  }
  std::sort(placed.begin(), placed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  stages.clear();
  for (auto& [position, stage] : placed) stages.push_back(std::move(stage));
}

}  // namespace

WatchHub::WatcherId WatchHub::NewId() {
  std::lock_guard lock(mutex_);
  return ++last_id_;
}

void WatchHub::Watch(WatcherId id, std::string sweep, int64_t after_revision, Duration min_interval, Emit emit) {
  auto watcher = std::make_shared<Watcher>();
  watcher->sweep = std::move(sweep);
  watcher->after = after_revision;
  watcher->min_interval = min_interval;
  watcher->emit = std::move(emit);
  watcher->next = clock_->Now();
  {
    std::lock_guard lock(mutex_);
    if (!closed_) {
      Advance(id, *watchers_.emplace(id, std::move(watcher)).first->second);
      return;
    }
  }
  watcher->emit(Err(StoppingWatch()));
}

void WatchHub::Taken(WatcherId id) {
  std::lock_guard lock(mutex_);
  const auto it = watchers_.find(id);
  if (it == watchers_.end()) return;
  it->second->is_busy = false;
  Advance(id, *it->second);
}

void WatchHub::Stop(WatcherId id) {
  WatcherPtr watcher;
  {
    std::lock_guard lock(mutex_);
    const auto it = watchers_.find(id);
    if (it == watchers_.end()) return;
    watcher = std::move(it->second);
    watchers_.erase(it);
  }
  clock_->Cancel(watcher->timer);
}

void WatchHub::SweepsChanged(const std::set<std::string>& sweeps) {
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) {
    if (!sweeps.contains(watcher->sweep)) continue;
    watcher->changed = true;
    Advance(id, *watcher);
  }
}

void WatchHub::StageChanged(const std::string& key, const std::set<std::string>& sweeps) {
  std::lock_guard lock(mutex_);
  for (auto& [id, watcher] : watchers_) {
    if (!sweeps.contains(watcher->sweep)) continue;
    watcher->on_board.insert(key);
    watcher->changed = true;
    Advance(id, *watcher);
  }
}

void WatchHub::Close() {
  std::map<WatcherId, WatcherPtr> watchers;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    watchers.swap(watchers_);
  }
  for (const auto& [id, watcher] : watchers) {
    clock_->Cancel(watcher->timer);  // unlocked: one that runs needs the mutex
    watcher->emit(Err(StoppingWatch()));
  }
}

size_t WatchHub::size() const {
  std::lock_guard lock(mutex_);
  return watchers_.size();
}

void WatchHub::Advance(WatcherId id, Watcher& watcher) {
  if (!watcher.changed || watcher.is_busy) return;
  if (clock_->Now() >= watcher.next) {
    watcher.is_busy = true;
    io_->Post([this, id] { SendUpdate(id); });
    return;
  }
  if (watcher.is_timed) return;
  watcher.is_timed = true;
  watcher.timer = clock_->At(watcher.next, [this, id] {
    std::lock_guard lock(mutex_);
    const auto it = watchers_.find(id);
    if (it == watchers_.end()) return;
    it->second->is_timed = false;
    Advance(id, *it->second);
  });
}

void WatchHub::SendUpdate(WatcherId id) {
  WatcherPtr watcher;
  std::set<std::string> on_board;
  int64_t after = 0;
  {
    std::lock_guard lock(mutex_);
    const auto it = watchers_.find(id);
    if (it == watchers_.end()) return;
    watcher = it->second;
    watcher->changed = false;  // what changes from here on is for the next one
    on_board.swap(watcher->on_board);
    after = watcher->after;
  }
  Result<SweepUpdate> update = ReadUpdate(watcher->sweep, after, std::move(on_board));
  const bool ends = !update || update->is_last;
  {
    std::lock_guard lock(mutex_);
    if (watchers_.find(id) == watchers_.end()) return;
    if (update && !ends && update->stages.empty() && update->sweep.revision <= after) {
      watcher->is_busy = false;  // nothing this client has not seen
      Advance(id, *watcher);
      return;
    }
    if (update) watcher->after = update->revision;
    watcher->next = clock_->Now() + watcher->min_interval;
    if (ends) watchers_.erase(id);
  }
  if (ends) clock_->Cancel(watcher->timer);
  watcher->emit(std::move(update));
}

Result<SweepUpdate> WatchHub::ReadUpdate(const std::string& sweep, int64_t after,
                                         std::set<std::string> on_board) const {
  SweepUpdate update;
  const Status status = store_->Read([&](const StoreReader& reader) -> Status {
    WINNOW_ASSIGN_OR_RETURN_STATUS(update.revision, reader.Revision());
    WINNOW_ASSIGN_OR_RETURN_STATUS(update.sweep, reader.GetSweep(sweep));
    std::vector<Stage> stages;
    WINNOW_RETURN_IF_ERROR(reader.ForEachChangedStage(sweep, after, [&](Stage stage) {
      on_board.erase(stage.key);
      stages.push_back(std::move(stage));
      return OkStatus();
    }));
    if (!on_board.empty()) {
      for (const std::string& key : on_board) {
        WINNOW_ASSIGN_OR_RETURN_STATUS(Stage stage, reader.GetStage(key));
        stage.result_json.clear();
        stages.push_back(std::move(stage));
      }
      SortByPosition(reader, sweep, stages);
    }
    for (Stage& stage : stages) update.stages.push_back(board_->View(std::move(stage)));
    return OkStatus();
  });
  if (!status.ok()) return Err(status);
  update.is_last = IsTerminal(update.sweep.state);
  return update;
}

}  // namespace winnow::server
