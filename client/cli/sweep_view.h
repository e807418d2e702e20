// Sweeps and their stages as tables, JSON and CSV. The JSON's members are promised in docs/formats.md section 9.
#ifndef CLIENT_CLI_SWEEP_VIEW_H_
#define CLIENT_CLI_SWEEP_VIEW_H_

#include <string>
#include <vector>

#include "client/cli/coordinator.h"
#include "client/cli/output_format.h"
#include "client/cli/terminal.h"

namespace winnow::cli {

// {name, state, reason, stages: {succeeded: n, ...}, ...}; every state stands in `stages`.
OutputJson SweepJson(const v1::Sweep& sweep);
OutputJson StageJson(const v1::Stage& stage);

// All sweeps in one text.
std::string SweepListText(const std::vector<v1::Sweep>& sweeps, OutputFormat format, const Terminal& terminal);

// One sweep and its stages. JSON: the sweep's members, with "stage_counts" for the counts and "stages" for the list.
std::string StatusText(const v1::Sweep& sweep, const std::vector<v1::Stage>& stages, OutputFormat format,
                       const Terminal& terminal);

// "14 succeeded, 2 running, 18 blocked"; states without a stage are left out.
std::string CountsText(const v1::StageCounts& counts);

// Seconds a stage took so far, or took; 0 where it has not started. `now` is Unix time.
double StageSeconds(const v1::Stage& stage, double now);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_SWEEP_VIEW_H_
