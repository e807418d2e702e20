// What `winnow run` hands over at the end of a sweep: numbers, pictures, checkpoints.
#ifndef CLIENT_CLI_RUN_REPORT_H_
#define CLIENT_CLI_RUN_REPORT_H_

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/cli/coordinator.h"
#include "client/cli/result_view.h"
#include "client/cli/terminal.h"
#include "spec/sweep_spec.h"

namespace winnow::cli {

// Files written below a folder, for telling the user.
struct ExportedFiles {
  std::filesystem::path folder;
  std::vector<std::string> pictures, checkpoints;  // names in the folder
};

// Writes results.json, results.csv, pareto.svg and pareto.png (where there is something to draw) and the checkpoints of
// the trials on the frontier, as TRIAL.safetensors, into `folder`, which is made. Existing files of these names are
// replaced; what is there with the right content is not fetched again.
Result<ExportedFiles> ExportResults(Coordinator& coordinator, const SweepResults& results, const ParetoChart& chart,
                                    const std::filesystem::path& folder);

// "vgg-nagadomi x 0.25 on fashion-mnist, 12,000 of 60,000 training images": what a chart's subtitle says.
std::string SpecLine(const spec::SweepSpec& spec);

// "12,000 of 60,000 training images, all 10,000 test images of fashion-mnist".
std::string DataLine(const spec::SweepSpec& spec);

// What a run took.
struct RunFigures {
  int stages_run = 0;
  double seconds = 0;
};

// The lines below table and chart: time, data, sharing, where the files lie.
std::string ReportLines(const RunFigures& figures, const v1::Sweep& sweep, const spec::SweepSpec& spec,
                        const ExportedFiles& files);

// "34 stages run now, 0 of its 34 reused; alone, its 12 trials would have run 62: 45 % saved".
std::string SharingLine(const v1::Sweep& sweep, int run_now);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_RUN_REPORT_H_
