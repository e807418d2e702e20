// This worker's standing with the coordinator: registered once at the start, and again whenever it has been forgotten.
#ifndef WORKER_AGENT_REGISTRATION_H_
#define WORKER_AGENT_REGISTRATION_H_

#include <functional>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "client/lib/connection.h"
#include "winnow/v1/worker.pb.h"

namespace winnow::worker {

// Threads    safe for concurrent use. First() once, before the rest.
// Ownership  borrows connection and cancellation.
class Registration {
 public:
  Registration(client::Connection* connection, v1::Worker worker, client::Cancellation* cancellation)
      : connection_(connection), cancellation_(cancellation), worker_(std::move(worker)) {}

  // Handshake and first registration, repeated until `patience` is over; `say` gets a line when it has to wait.
  // kUnavailable: not reachable, of another version, or a live worker of another instance has the name all the while.
  Status First(Duration patience, const std::function<void(const std::string&)>& say);

  // A call has failed with NOT_FOUND: registers again, unless another thread has done so since `seen` (a value of
  // generation() read before that call). Goes on until it succeeds or is cancelled.
  // kFailedPrecondition (NAME_TAKEN): another worker has taken the name meanwhile.
  Status Again(uint64_t seen);
  uint64_t generation() const;

  const std::string& name() const { return worker_.name(); }
  const std::string& instance() const { return worker_.instance(); }
  Duration lease_ttl() const;

 private:
  Status Register(Duration patience);

  client::Connection* const connection_;
  client::Cancellation* const cancellation_;
  const v1::Worker worker_;

  std::mutex registering_;  // held over the calls
  mutable std::mutex mutex_;
  uint64_t generation_ = 0;
  Duration lease_ttl_{};
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_REGISTRATION_H_
