// A coordinator with sweeps to work off: what every load run begins with.
#ifndef TESTS_LOAD_STAGE_SUPPLY_H_
#define TESTS_LOAD_STAGE_SUPPLY_H_

#include <memory>
#include <string>

#include "client/lib/client.h"
#include "tests/load/coordinator_process.h"
#include "tests/load/load_runs.h"
#include "tests/support/synthetic_sweep.h"

namespace winnow::load {

// Threads    one at a time.
class StageSupply {
 public:
  // Starts the coordinator and uploads the one checkpoint that every stage links.
  static Result<std::unique_ptr<StageSupply>> Start(const LoadOptions& options);

  // Submits sweeps until at least so many stages have been submitted with this and earlier calls.
  Status Submit(int64_t stages);
  // One sweep of that shape. Returns its number of stages.
  Result<int> SubmitOne(int spatial, int winograd);

  // The spec of the sweep of that number and shape; others of the same seed have no stage of it.
  std::string SpecOf(int number, int spatial, int winograd) const;

  CoordinatorProcess& coordinator() { return *coordinator_; }
  const std::string& data_digest() const { return data_digest_; }
  const std::string& checkpoint() const { return checkpoint_; }
  int64_t submitted() const { return submitted_; }

 private:
  explicit StageSupply(const LoadOptions& options) : options_(options) {}
  Status UploadCheckpoint();

  const LoadOptions options_;
  std::unique_ptr<CoordinatorProcess> coordinator_;
  std::unique_ptr<client::Connection> connection_;
  std::unique_ptr<client::Client> client_;
  std::string data_digest_;
  std::string checkpoint_;
  int last_sweep_ = 0;
  int64_t submitted_ = 0;
};

}  // namespace winnow::load

#endif  // TESTS_LOAD_STAGE_SUPPLY_H_
