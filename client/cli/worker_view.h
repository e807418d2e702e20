// Workers as a table, JSON and CSV.
#ifndef CLIENT_CLI_WORKER_VIEW_H_
#define CLIENT_CLI_WORKER_VIEW_H_

#include <string>
#include <vector>

#include "client/cli/coordinator.h"
#include "client/cli/output_format.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

std::string WorkerListText(const std::vector<v1::Worker>& workers, OutputFormat format, const Terminal& terminal);

// Why no worker can run stages on the data set `name` with `digest`, naming what the workers offer; empty where one
// can. Gone workers do not count.
std::string MissingDataSetText(const std::vector<v1::Worker>& workers, const std::string& name,
                               const std::string& digest);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_WORKER_VIEW_H_
