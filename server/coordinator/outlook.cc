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
  std::vector<std::string>& keys = keys_[sweep.id];
  for (const GraphNode& node : nodes) {
    keys.push_back(node.key);
    places_[node.key].push_back({sweep.id, sweep.priority, sweep.order, path_length[node.key], node.position});
  }
}

void Outlook::RemoveSweep(const std::string& id) {
  const auto it = keys_.find(id);
  if (it == keys_.end()) return;
  for (const std::string& key : it->second) {
    const auto places = places_.find(key);
    std::erase_if(places->second, [&](const Place& place) { return place.sweep == id; });
    if (places->second.empty()) places_.erase(places);
  }
  keys_.erase(it);
}

std::set<std::string> Outlook::SweepsOf(const std::string& key) const {
  std::set<std::string> sweeps;
  const auto it = places_.find(key);
  if (it == places_.end()) return sweeps;
  for (const Place& place : it->second) sweeps.insert(place.sweep);
  return sweeps;
}

ReadyStage Outlook::Of(const std::string& key, SteadyTime ready_since) const {
  const auto as_ready = [&](const Place& place) {
    return ReadyStage{.key = key,
                      .priority = place.priority,
                      .sweep_order = place.sweep_order,
                      .path_length = place.path_length,
                      .graph_order = place.position,
                      .ready_since = ready_since};
  };
  const auto it = places_.find(key);
  if (it == places_.end()) {
    return as_ready({"", std::numeric_limits<int>::min() / 2, std::numeric_limits<int64_t>::max(), 1, 0});
  }
  std::optional<ReadyStage> soonest;
  for (const Place& place : it->second) {
    ReadyStage ready = as_ready(place);
    if (!soonest || RunsSooner()(ready, *soonest)) soonest = std::move(ready);
  }
  return *soonest;
}

}  // namespace winnow::server
