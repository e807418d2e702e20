#include "server/coordinator/log_followers.h"

#include <vector>

namespace winnow::server {

LogFollowers::FollowerId LogFollowers::Follow(const std::string& stage, std::function<void()> poke) {
  std::lock_guard lock(mutex_);
  followers_.emplace(++last_id_, std::pair(stage, std::move(poke)));
  return last_id_;
}

void LogFollowers::Stop(FollowerId id) {
  std::lock_guard lock(mutex_);
  followers_.erase(id);
}

void LogFollowers::Poke(const std::string& stage) {
  std::vector<std::function<void()>> pokes;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, follower] : followers_) {
      if (follower.first == stage) pokes.push_back(follower.second);
    }
  }
  for (const auto& poke : pokes) poke();
}

void LogFollowers::PokeAll() {
  std::vector<std::function<void()>> pokes;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [id, follower] : followers_) pokes.push_back(follower.second);
  }
  for (const auto& poke : pokes) poke();
}

}  // namespace winnow::server
