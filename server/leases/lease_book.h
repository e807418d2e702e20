// The live leases in memory: who holds what until when. No store, no transactions: see lease_table.h.
#ifndef SERVER_LEASES_LEASE_BOOK_H_
#define SERVER_LEASES_LEASE_BOOK_H_

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "server/leases/lease.h"

namespace winnow::server {

// A lease is live from Add to Remove, while its time has not passed. Ends that are on their way to the store (BeginEnd)
// keep it from being expired meanwhile.
//
// Threads    safe for concurrent use.
class LeaseBook {
 public:
  // Borrows the clock.
  LeaseBook(const Clock* clock, Duration ttl) : clock_(clock), ttl_(ttl) {}

  // Expires a ttl from now. An earlier lease of the stage is not live any more.
  void Add(const Lease& lease, bool cancel_requested);
  // One that nobody was given and that may be stored all the same: TakeOverdue takes it next.
  void AddOverdue(const Lease& lease);
  void Remove(const std::string& token);

  // nullopt where it is not live.
  std::optional<Renewal> Renew(const std::string& token);

  // A report of the holder's is on its way that may end it; nullopt where it is not live.
  std::optional<Lease> BeginEnd(const std::string& token);
  // That one was refused: the lease goes on.
  void AbandonEnd(const std::string& token);
  // Those whose time has passed, oldest first, and not taken before. AbandonEnd lets them be taken again.
  std::vector<Lease> TakeOverdue();
  // Those of a worker, which are not live any more.
  std::vector<Lease> TakeAll(const std::string& worker);

  // The live ones among them.
  std::vector<Lease> RequestCancel(const std::vector<std::string>& stages);

  std::optional<Lease> Find(const std::string& token) const;
  bool CancelRequested(const std::string& token) const;
  std::vector<Lease> LeasesOf(const std::string& worker, bool only_cancel_requested) const;
  size_t size() const;
  std::optional<SteadyTime> NextExpiry() const;

 private:
  struct Entry {
    Lease lease;
    SteadyTime expires{};
    bool cancel_requested = false;
    int ends_on_their_way = 0;
  };

  bool IsLive(const Entry& entry) const { return clock_->Now() < entry.expires; }
  // Null where it is not live. Under the lock.
  Entry* FindLive(const std::string& token);

  const Clock* const clock_;
  const Duration ttl_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry> entries_;         // by token
  std::map<std::string, std::string> token_of_;  // by stage
};

}  // namespace winnow::server

#endif  // SERVER_LEASES_LEASE_BOOK_H_
