// Waiting for what a coordinator answers by a callback.
#ifndef TESTS_CHAOS_AWAITED_H_
#define TESTS_CHAOS_AWAITED_H_

#include <future>
#include <memory>
#include <utility>

#include "base/result.h"
#include "server/coordinator/coordinator_parts.h"

namespace winnow::chaos {

// The callback may come from any thread, also after this is gone.
template <typename T>
class Awaited {
 public:
  server::Done<T> done() {
    return [promise = promise_](Result<T> result) { promise->set_value(std::move(result)); };
  }
  Result<T> Get() { return future_.get(); }

 private:
  std::shared_ptr<std::promise<Result<T>>> promise_ = std::make_shared<std::promise<Result<T>>>();
  std::future<Result<T>> future_ = promise_->get_future();
};

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_AWAITED_H_
