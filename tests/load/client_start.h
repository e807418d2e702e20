// Many clients that begin at the same moment, as the processes of a large job do.
#ifndef TESTS_LOAD_CLIENT_START_H_
#define TESTS_LOAD_CLIENT_START_H_

#include "base/json.h"
#include "base/result.h"
#include "tests/load/load_runs.h"

namespace winnow::load {

// Each of options.clients connects, submits a sweep of its own and lists what is there, all at once and on a connection
// of its own, against a coordinator that has just begun. Once connected no call is repeated: what goes wrong is
// counted, and what goes wrong for a database that is locked apart.
Result<Json> RunStart(const LoadOptions& options);

}  // namespace winnow::load

#endif  // TESTS_LOAD_CLIENT_START_H_
