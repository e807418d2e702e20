// What users do with sweeps.
//
// Threads    safe for concurrent use; nothing blocks. Answers come from the store's commit thread or an I/O thread.
#ifndef SERVER_COORDINATOR_SWEEP_DESK_H_
#define SERVER_COORDINATOR_SWEEP_DESK_H_

#include <string>

#include "server/coordinator/coordinator_parts.h"
#include "server/coordinator/queries.h"

namespace winnow::server {

struct CreateSweepCommand {
  std::string request_id;  // a repeat within 24 h gets the sweep that the first one made
  std::string spec_json;
  bool validate_only = false;  // answers as if, and stores nothing
};

class SweepDesk {
 public:
  explicit SweepDesk(const CoordinatorParts& parts) : parts_(parts) {}

  // Errors as PrepareSubmission and StoreSubmission; kUnavailable and kResourceExhausted while the store cannot write.
  void Create(CreateSweepCommand command, Done<SweepView> done);

  // kNotFound; the store's. Running stages that nobody else needs hear of it at once.
  void Cancel(std::string request_id, std::string id, Done<SweepView> done);

 private:
  const CoordinatorParts& parts_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_SWEEP_DESK_H_
