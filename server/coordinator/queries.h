// Questions that need more than one look into the store. Functions over one reader: what they answer is of one moment.
//
// Threads    wherever the reader may be used; they wait for the disk.
// Errors     kNotFound names what is not there; kInvalidArgument for page tokens; the store's.
#ifndef SERVER_COORDINATOR_QUERIES_H_
#define SERVER_COORDINATOR_QUERIES_H_

#include <string>
#include <vector>

#include "server/coordinator/trial_result.h"
#include "server/store/store_reader.h"

namespace winnow::server {

struct SweepView {
  Sweep sweep;
  std::string spec_json;
};

Result<SweepView> GetSweepView(const StoreReader& reader, const std::string& id);

struct ResultsPage {
  Page<TrialResult> results;
  std::vector<BenchmarkRow> dense_benchmark;  // in the first page
  std::string fingerprint_json;               // "" until known
};

// Of a sweep, in the order of the spec.
Result<ResultsPage> ListResults(const StoreReader& reader, const std::string& sweep, const PageRequest& request);

}  // namespace winnow::server

#endif  // SERVER_COORDINATOR_QUERIES_H_
