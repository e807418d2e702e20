#include "client/cli/run_report.h"

#include <algorithm>
#include <system_error>

#include "base/durable_file.h"
#include "base/sha256.h"
#include "client/cli/chart_file.h"
#include "client/cli/frontier.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/state_text.h"
#include "spec/data_set.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

bool HasContent(const fs::path& path, const std::string& sha256) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return false;
  const auto found = Sha256File(path);
  return found && *found == sha256;
}

std::string Images(int limit, int all, const std::string& which) {
  if (limit <= 0 || (all > 0 && limit >= all)) return "all " + (all > 0 ? Grouped(all) + " " : "") + which + " images";
  return Grouped(limit) + (all > 0 ? " of " + Grouped(all) : "") + " " + which + " images";
}

}  // namespace

Result<ExportedFiles> ExportResults(Coordinator& coordinator, const SweepResults& results, const ParetoChart& chart,
                                    const fs::path& folder) {
  ExportedFiles files;
  files.folder = folder;
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return Err(ErrnoStatus(error.value(), "cannot make the folder " + folder.string()));
  WINNOW_RETURN_ERR_IF_ERROR(WriteFileDurably(folder / "results.json", JsonText(ResultsJson(results))));
  WINNOW_RETURN_ERR_IF_ERROR(WriteFileDurably(folder / "results.csv", ResultsCsv(results)));
  if (!chart.points.empty()) {
    for (const char* name : {"pareto.svg", "pareto.png"}) {
      WINNOW_RETURN_ERR_IF_ERROR(SaveChart(chart, folder / name));
      files.pictures.emplace_back(name);
    }
  }
  const std::vector<bool> frontier = OnFrontier(results);
  for (size_t i = 0; i < results.trials.size(); ++i) {
    const v1::TrialResult& result = results.trials[i];
    if (!frontier[i] || result.checkpoint().empty()) continue;
    const std::string name = TrialIdOf(result.trial()) + ".safetensors";
    if (!HasContent(folder / name, ShownName(result.checkpoint()))) {
      WINNOW_RETURN_ERR_IF_ERROR(coordinator.DownloadArtifact(result.checkpoint(), folder / name));
    }
    files.checkpoints.push_back(name);
  }
  return files;
}

std::string DataLine(const spec::SweepSpec& spec) {
  const auto data_set = spec::FindDataSet(spec.data.name, spec.data.classes, spec.data.side);
  const int train = data_set ? data_set->train_images : 0;
  const int test = data_set ? data_set->test_images : 0;
  if (spec.data.held_out == 0) {
    return Images(spec.data.train_limit, train, "training") + ", " + Images(spec.data.test_limit, test, "test") +
           " of " + spec.data.name;
  }
  const int most = train - spec.data.held_out;
  const int limit = spec.data.train_limit == 0 ? most : std::min(spec.data.train_limit, most);
  return Images(limit, train, "training") + ", " + Grouped(spec.data.held_out) + " others held out to compare trials" +
         (spec.test_trials.empty() ? "" : ", " + Images(spec.data.test_limit, test, "test")) + ", of " + spec.data.name;
}

std::string SpecLine(const spec::SweepSpec& spec) {
  std::string text = spec.model.name;
  if (spec.model.width != 1) text += " × " + OutputJson(spec.model.width).dump();
  const auto data_set = spec::FindDataSet(spec.data.name, spec.data.classes, spec.data.side);
  return text + " on " + spec.data.name + ", " +
         Images(spec.data.train_limit, data_set ? data_set->train_images : 0, "training");
}

std::string SharingLine(const v1::Sweep& sweep, int run_now) {
  const int total = sweep.stage_total();
  const int unshared = sweep.stage_unshared();
  std::string text = Count(run_now, "stage") + " run now of the " + std::to_string(total) + " in the sweep's graph";
  if (total > run_now) text += " (" + std::to_string(total - run_now) + " reused)";
  text += "; its " + Count(sweep.trial_count(), "trial") + " run alone would have taken " + std::to_string(unshared);
  if (unshared > run_now) {
    text += ": " + std::to_string(unshared - run_now) + " saved (" +
            Percent(static_cast<double>(unshared - run_now) / unshared, 0) + " %)";
  }
  return text;
}

std::string ReportLines(const RunFigures& figures, const v1::Sweep& sweep, const spec::SweepSpec& spec,
                        const ExportedFiles& files) {
  const auto paths = [&files](const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + (files.folder / name).string();
    return text;
  };
  std::string text = "sweep        " + ShownName(sweep.name()) + " " + StateText(sweep.state()) + " in " +
                     DurationText(figures.seconds) + "\n";
  text += "data         " + DataLine(spec) + "\n";
  text += "sharing      " + SharingLine(sweep, figures.stages_run) + "\n";
  text += "results      " + paths({"results.json", "results.csv"}) + "\n";
  if (!files.pictures.empty()) text += "pictures     " + paths(files.pictures) + "\n";
  if (!files.checkpoints.empty()) {
    text += "checkpoints  of the frontier (*), in " + files.folder.string() + ":\n";
    for (const std::string& name : files.checkpoints) text += "             " + name + "\n";
    text += "             `winnow export " + ShownName(sweep.name()) + "/TRIAL` writes any other trial's\n";
  }
  return text;
}

}  // namespace winnow::cli
