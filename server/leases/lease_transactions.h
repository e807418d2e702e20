// What LeaseTable does within its transactions. All run on the store's commit thread.
#ifndef SERVER_LEASES_LEASE_TRANSACTIONS_H_
#define SERVER_LEASES_LEASE_TRANSACTIONS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "server/leases/attempt_end.h"
#include "server/leases/lease.h"
#include "server/leases/lease_table.h"
#include "server/store/store_writer.h"

namespace winnow::server {

// kFailedPrecondition, reason LEASE_LOST.
Status LeaseLost();

// The lease that a RUNNING or CANCELLING stage is under.
Lease LeaseOf(const Stage& stage);

// QUEUED to RUNNING, as LeaseTable::Grant says; the follow-up is still to come.
Status GrantInStore(StoreWriter& writer, const std::string& stage, const std::string& worker,
                    const std::string& request_id, WallTime now, GrantedLease& granted);

// The lease granted for that request. LEASE_LOST where it has ended; kInvalidArgument where the request was another
// call's.
Result<std::optional<GrantedLease>> FindGranted(const StoreReader& reader, const std::string& request_id);

// The record of an earlier call with the same id and method; kInvalidArgument where the method differs.
Result<std::optional<RequestRecord>> FindEarlier(const StoreReader& reader,
                                                 const std::optional<RequestRecord>& request);

// Ends `ended.lease` and fills in the rest of `ended`; the follow-up is still to come. LEASE_LOST.
Status EndInStore(StoreWriter& writer, const AttemptEnd& end, const EndReport& report, WallTime now, EndedLease& ended);

// What is kept of a report whose lease has been lost.
RefusedReport RefusalOf(const AttemptEnd& end, const RequestRecord& request, const std::string& token, WallTime now);

// Returns the artifacts that are not used any more. LEASE_LOST.
Result<std::vector<std::string>> ReportInStore(StoreWriter& writer, const Lease& lease, const ProgressReport& report);

// Runs options.follow_up, if there is one.
Status RunFollowUp(StoreWriter& writer, const LeaseOptions& options, const Lease& lease, Stage& stage,
                   FollowUp& follow_up);

}  // namespace winnow::server

#endif  // SERVER_LEASES_LEASE_TRANSACTIONS_H_
