// Effects of lease transactions on their way from the transaction, where they are found, to the callback after the
// commit, where memory follows them. Those of a transaction that was undone are never taken, and replaced when it is
// tried again.
#ifndef SERVER_COORDINATOR_PENDING_EFFECTS_H_
#define SERVER_COORDINATOR_PENDING_EFFECTS_H_

#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "server/coordinator/effects.h"

namespace winnow::server {

enum class LeaseEvent { kGranted, kEnded };

// Threads    all on the store's commit thread.
class PendingEffects {
 public:
  void Put(const std::string& stage, int attempt, LeaseEvent event, Effects effects) {
    effects_.insert_or_assign({stage, attempt, event}, std::move(effects));
  }

  // Empty where there are none.
  Effects Take(const std::string& stage, int attempt, LeaseEvent event) {
    const auto node = effects_.extract({stage, attempt, event});
    return node.empty() ? Effects() : std::move(node.mapped());
  }

 private:
  std::map<std::tuple<std::string, int, LeaseEvent>, Effects> effects_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_PENDING_EFFECTS_H_
