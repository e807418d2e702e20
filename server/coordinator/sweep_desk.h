// What users do with sweeps.
//
// Threads    safe for concurrent use; nothing blocks. Answers come from the store's commit thread or an I/O thread.
#ifndef SERVER_COORDINATOR_SWEEP_DESK_H_
#define SERVER_COORDINATOR_SWEEP_DESK_H_

#include <functional>
#include <optional>
#include <string>

#include "server/coordinator/coordinator_parts.h"
#include "server/coordinator/queries.h"
#include "server/coordinator/sweep_changes.h"

namespace winnow::server {

struct CreateSweepCommand {
  std::string request_id;  // a repeat within 24 h gets the sweep that the first one made
  std::string spec_json;
  bool validate_only = false;  // answers as if, and stores nothing
  std::string user;            // who submits it; may be ""
};

struct CreatedSweep {
  SweepView view;
  std::optional<SweepComparison> comparison;
};

struct RetryAnswer {
  SweepView view;
  int stages = 0;  // that are to run again
};

class SweepDesk {
 public:
  explicit SweepDesk(const CoordinatorParts& parts) : parts_(parts) {}

  // Errors as PrepareSubmission and StoreSubmission; kUnavailable and kResourceExhausted while the store cannot write.
  void Create(CreateSweepCommand command, Done<CreatedSweep> done);

  // kNotFound; the store's. Running stages that nobody else needs hear of it at once.
  void Cancel(std::string request_id, std::string id, Done<SweepView> done);
  // The rest: errors as in sweep_changes.h.
  void Pause(std::string request_id, std::string id, bool pause, Done<SweepView> done);
  void Stop(std::string request_id, std::string id, Done<SweepView> done);
  void Retry(std::string request_id, std::string id, RetryScope scope, Done<RetryAnswer> done);

 private:
  using Change = std::function<Result<Sweep>(StoreWriter&, Effects&)>;
  // Runs the change in a transaction and answers with the sweep as it stands then.
  void Run(Change change, Done<SweepView> done);

  const CoordinatorParts& parts_;
};

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_SWEEP_DESK_H_
