#include "server/coordinator/outlook.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace winnow::server {

void Outlook::AddSweep(const Sweep& sweep, const std::vector<GraphNode>& nodes) {
  RemoveSweep(sweep.id);
  std::unordered_map<std::string, int> path_length;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    const int length = std::max(path_length[node->key], 1);
    path_length[node->key] = length;
    for (const std::string& parent : node->parents) {
      path_length[parent] = std::max(path_length[parent], length + 1);
    }
  }
  LiveSweep& live = sweeps_[sweep.id];
  live.user = sweep.user;
  live.paused = sweep.hold == SweepHold::kPaused;
  for (const GraphNode& node : nodes) {
    live.keys.push_back(node.key);
    places_[node.key].push_back(
        {sweep.id, sweep.priority, ToUnixMillis(sweep.create_time), sweep.order, path_length[node.key], node.position});
  }
}

void Outlook::RemoveSweep(const std::string& id) {
  const auto it = sweeps_.find(id);
  if (it == sweeps_.end()) return;
  for (const std::string& key : it->second.keys) {
    const auto places = places_.find(key);
    std::erase_if(places->second, [&](const Place& place) { return place.sweep == id; });
    if (places->second.empty()) places_.erase(places);
  }
  sweeps_.erase(it);
}

std::set<std::string> Outlook::SweepsOf(const std::string& key) const {
  std::set<std::string> sweeps;
  const auto it = places_.find(key);
  if (it == places_.end()) return sweeps;
  for (const Place& place : it->second) sweeps.insert(place.sweep);
  return sweeps;
}

void Outlook::SetPaused(const std::string& id, bool paused) {
  const auto it = sweeps_.find(id);
  if (it != sweeps_.end()) it->second.paused = paused;
}

bool Outlook::IsPaused(const std::string& key) const {
  const auto it = places_.find(key);
  if (it == places_.end()) return false;
  return std::all_of(it->second.begin(), it->second.end(),
                     [this](const Place& place) { return sweeps_.at(place.sweep).paused; });
}

std::vector<std::string> Outlook::StagesOf(const std::string& id) const {
  const auto it = sweeps_.find(id);
  return it == sweeps_.end() ? std::vector<std::string>() : it->second.keys;
}

ReadyStage Outlook::AsReady(const std::string& key, const Place& place, SteadyTime ready_since) {
  return {.key = key,
          .priority = place.priority,
          .submit_ms = place.submit_ms,
          .sweep_order = place.sweep_order,
          .path_length = place.path_length,
          .graph_order = place.position,
          .ready_since = ready_since};
}

// Null where no live sweep needs it.
const Outlook::Place* Outlook::Soonest(const std::string& key) const {
  const auto it = places_.find(key);
  if (it == places_.end()) return nullptr;
  const auto soonest = std::min_element(it->second.begin(), it->second.end(), [&](const Place& a, const Place& b) {
    // A paused sweep's place counts only where there is no other.
    const bool a_paused = sweeps_.at(a.sweep).paused;
    const bool b_paused = sweeps_.at(b.sweep).paused;
    if (a_paused != b_paused) return b_paused;
    return RunsSooner()(AsReady(key, a, {}), AsReady(key, b, {}));
  });
  return &*soonest;
}

std::string Outlook::UserOf(const std::string& key) const {
  const Place* const place = Soonest(key);
  return place == nullptr ? "" : sweeps_.at(place->sweep).user;
}

ReadyStage Outlook::Of(const std::string& key, SteadyTime ready_since) const {
  if (const Place* const place = Soonest(key)) return AsReady(key, *place, ready_since);
  ReadyStage last;
  last.key = key;
  last.submit_ms = std::numeric_limits<int64_t>::max() / 2;
  last.sweep_order = std::numeric_limits<int64_t>::max();
  last.ready_since = ready_since;
  return last;
}

}  // namespace winnow::server
