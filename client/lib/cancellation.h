// Ends calls, and the pauses between their repeats, from another thread.
#ifndef CLIENT_LIB_CANCELLATION_H_
#define CLIENT_LIB_CANCELLATION_H_

#include <grpcpp/client_context.h>

#include <mutex>
#include <set>

#include "base/pause.h"

namespace winnow::client {

// One object covers the calls that are to end together. A cancelled call returns kCancelled.
//
// Threads    safe for concurrent use, except that only one call at a time may pause (PauseFor).
// Ownership  borrows contexts while they are registered.
class Cancellation {
 public:
  explicit Cancellation(Clock* clock) : pause_(clock) {}
  Cancellation(const Cancellation&) = delete;
  Cancellation& operator=(const Cancellation&) = delete;

  // Ends running calls and every later one. For good.
  void Cancel();
  // Ends running calls only, or the next one where none runs: whoever makes them asks again. A pause is cut short too.
  void CancelRunning();
  bool cancelled() const;

  // True when the whole time has passed.
  bool PauseFor(Duration duration) { return pause_.For(duration); }

  // Registers a call for as long as it lives.
  class Scope {
   public:
    Scope(Cancellation* cancellation, grpc::ClientContext* context);  // `cancellation` may be null
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

    // Whether the cancellation has ended this call: a server that is stopping answers kCancelled too.
    bool ended() const;

   private:
    friend class Cancellation;
    void End();  // locked

    Cancellation* const cancellation_;
    grpc::ClientContext* const context_;
    bool ended_ = false;
  };

 private:
  Pause pause_;
  mutable std::mutex mutex_;
  std::set<Scope*> running_;
  bool cancelled_ = false;
  bool cancel_next_ = false;
};

}  // namespace winnow::client

#endif  // CLIENT_LIB_CANCELLATION_H_
