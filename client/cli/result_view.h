// The numbers of a sweep's trials as a table, JSON and CSV.
#ifndef CLIENT_CLI_RESULT_VIEW_H_
#define CLIENT_CLI_RESULT_VIEW_H_

#include <optional>
#include <string>

#include "client/cli/coordinator.h"
#include "client/cli/output_format.h"
#include "client/cli/pareto_chart.h"
#include "client/cli/terminal.h"
#include "spec/objective.h"

namespace winnow::cli {

// A list with one object a trial, as docs/formats.md section 9 has it; what is not known yet is null.
// Where the sweep has an objective, each has "frontier" besides: whether it is the trial that the search was for.
OutputJson ResultsJson(const SweepResults& results, const std::optional<spec::Objective>& objective = {});

// One line a trial; the columns of benchmarks are named bBATCH_tTHREADS_... .
std::string ResultsCsv(const SweepResults& results);

// The dense net first, then the trials, those on the frontier of accuracy against multiplications left marked "*".
// `wide`: every benchmark row and peer time, instead of the first row's.
std::string ResultsTable(const SweepResults& results, bool wide, const Terminal& terminal);

// The table with FrontierText() below it, where there is an objective.
std::string ResultsText(const SweepResults& results, OutputFormat format, bool wide, const Terminal& terminal,
                        const std::optional<spec::Objective>& objective = {});

// What the x axis of a Pareto chart shows.
enum class CostAxis { kMultiplicationsLeft, kSpeedup, kWinogradSparsity };

// Of the results, those that have both values. A speedup is the ratio to the fastest peer in the first benchmark row.
ParetoChart MakeChart(const SweepResults& results, CostAxis axis, const std::string& title,
                      const std::string& subtitle);

// peer time / ours, of the fastest peer; none where there are no peers.
std::optional<double> SpeedupOf(const v1::TrialResult& result);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_RESULT_VIEW_H_
