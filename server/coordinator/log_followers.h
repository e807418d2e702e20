// Who waits for more of a stage's log.
//
// Threads    safe for concurrent use. A poke runs on the thread that pokes and must not block; one may still be under
//            way when Stop returns.
#ifndef SERVER_COORDINATOR_LOG_FOLLOWERS_H_
#define SERVER_COORDINATOR_LOG_FOLLOWERS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace winnow::server {

class LogFollowers {
 public:
  using FollowerId = uint64_t;

  // `poke` runs whenever the log of any attempt of the stage may have grown, or one may have ended.
  FollowerId Follow(const std::string& stage, std::function<void()> poke);
  void Stop(FollowerId id);

  void Poke(const std::string& stage);
  void PokeAll();

 private:
  std::mutex mutex_;
  std::map<FollowerId, std::pair<std::string, std::function<void()>>> followers_;
  FollowerId last_id_ = 0;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_LOG_FOLLOWERS_H_
