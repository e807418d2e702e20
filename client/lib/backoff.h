// How long to wait before the next try.
#ifndef CLIENT_LIB_BACKOFF_H_
#define CLIENT_LIB_BACKOFF_H_

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace winnow::client {

// 100 ms, doubled with every try, at most 2 s. A value type.
class Backoff {
 public:
  static constexpr Duration kFirst = std::chrono::milliseconds(100);
  static constexpr Duration kLast = std::chrono::seconds(2);

  Duration Next() {
    const Duration now = next_;
    next_ = std::min(next_ * 2, kLast);
    return now;
  }
  void Reset() { next_ = kFirst; }

 private:
  Duration next_ = kFirst;
};

}  // namespace winnow::client

#endif  // CLIENT_LIB_BACKOFF_H_
