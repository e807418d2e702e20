// Keeps the leases of this worker alive, and tells when one is over.
//
// One thread renews all of them every third of the ttl, which also is the worker's sign of life when it has none. When
// this machine's own clock passes a lease's last renewal + ttl, another thread declares the lease lost without asking,
// even while a call hangs: somebody else may be running the stage by then.
#ifndef WORKER_AGENT_LEASE_KEEPER_H_
#define WORKER_AGENT_LEASE_KEEPER_H_

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/pause.h"
#include "client/lib/connection.h"
#include "worker/agent/attempt_end.h"
#include "worker/agent/registration.h"

namespace winnow::worker {

// Time        only this machine's steady clock; a renewal counts from when it was sent.
// Threads     safe for concurrent use. `stop` is called with no lock held, from one of the two threads or from
// Cancel();
//             it may still run when Remove() has returned, and must not block.
// Ownership   borrows connection, registration and clock.
class LeaseKeeper {
 public:
  using Stop = std::function<void(StopCause)>;  // kLeaseLost or kCancelled

  LeaseKeeper(client::Connection* connection, Registration* registration, std::function<void(Status)> name_taken);
  ~LeaseKeeper();

  void Start();
  // Ends the threads: leases are neither renewed nor watched from then on.
  void Shut();

  // A lease that has just been received. It is renewed at once: how old it was on arrival cannot be known.
  void Add(const std::string& token, Stop stop);
  // From now on the coordinator alone says whether the lease is lost: its executor has ended, and a result that comes
  // late may still be welcome.
  void TrustCoordinator(const std::string& token);
  void Remove(const std::string& token);

  // What AwaitCancellations has told.
  void Cancel(const std::string& token);

 private:
  struct Held {
    Stop stop;
    SteadyTime expiry;
    bool expires = true;
  };

  void RenewLoop();
  // How long to wait before the next renewal.
  Duration Renew();
  void ExpiryLoop();
  // Declares lost what has expired; returns when the next lease does.
  SteadyTime DropExpired();
  void CallStop(const std::string& token, StopCause cause);

  client::Connection* const connection_;
  Registration* const registration_;
  const std::function<void(Status)> name_taken_;
  Clock* const clock_;
  client::Cancellation cancellation_;
  Pause renewal_pause_;
  Pause expiry_pause_;

  std::mutex mutex_;
  std::map<std::string, Held> held_;
  std::thread renewal_;
  std::thread expiry_;
};

}  // namespace winnow::worker

#endif  // WORKER_AGENT_LEASE_KEEPER_H_
