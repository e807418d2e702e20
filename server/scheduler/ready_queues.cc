#include "server/scheduler/ready_queues.h"

#include <string_view>
#include <tuple>
#include <utility>

namespace winnow::server {

bool RunsSooner::operator()(const ReadyStage& a, const ReadyStage& b) const {
  return std::tuple(DueMs(a), a.sweep_order, -a.path_length, a.graph_order, std::string_view(a.key)) <
         std::tuple(DueMs(b), b.sweep_order, -b.path_length, b.graph_order, std::string_view(b.key));
}

void ReadyQueues::Put(const Requirement& requirement, ReadyStage stage) {
  Remove(stage.key);
  std::string key = stage.key;
  const auto queue = queues_.try_emplace(requirement).first;
  const auto place = queue->second.insert(std::move(stage)).first;
  places_.emplace(std::move(key), Place{queue, place});
}

void ReadyQueues::Remove(const std::string& key) {
  const auto it = places_.find(key);
  if (it == places_.end()) return;
  const Place place = it->second;
  places_.erase(it);
  place.queue->second.erase(place.stage);
  if (place.queue->second.empty()) queues_.erase(place.queue);
}

const ReadyStage* ReadyQueues::Find(const std::string& key) const {
  const auto it = places_.find(key);
  return it == places_.end() ? nullptr : &*it->second.stage;
}

const Requirement* ReadyQueues::FindRequirement(const std::string& key) const {
  const auto it = places_.find(key);
  return it == places_.end() ? nullptr : &it->second.queue->first;
}

}  // namespace winnow::server
