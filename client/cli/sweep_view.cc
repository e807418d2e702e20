#include "client/cli/sweep_view.h"

#include <algorithm>
#include <utility>

#include "client/cli/json_piece.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/state_text.h"
#include "client/cli/text_table.h"

namespace winnow::cli {
namespace {

std::vector<std::pair<std::string, int>> Counts(const v1::StageCounts& counts) {
  return {{"succeeded", counts.succeeded()}, {"running", counts.running()}, {"queued", counts.queued()},
          {"blocked", counts.blocked()},     {"failed", counts.failed()},   {"cancelled", counts.cancelled()}};
}

OutputJson CountsJson(const v1::StageCounts& counts) {
  OutputJson json = OutputJson::object();
  for (const auto& [state, count] : Counts(counts)) json[state] = count;
  return json;
}

double Seconds(const google::protobuf::Timestamp& time) {
  return static_cast<double>(time.seconds()) + time.nanos() * 1e-9;
}

std::string ProgressText(const v1::Stage& stage) {
  if (stage.state() != v1::STAGE_STATE_RUNNING || !(stage.progress().total() > 0)) return "";
  return Percent(stage.progress().done() / stage.progress().total(), 0) + " %";
}

std::string StageListText(const std::vector<v1::Stage>& stages, const Terminal& terminal) {
  TextTable table({{"stage", Align::kLeft, true},
                   {"state"},
                   {"attempt", Align::kRight},
                   {"seconds", Align::kRight},
                   {"progress", Align::kRight},
                   {"worker", Align::kLeft, true, 1},
                   {"key"},
                   {"reason", Align::kLeft, true, 2}});
  for (const v1::Stage& stage : stages) {
    const double seconds = StageSeconds(stage, 0);
    table.AddRow({OneLine(stage.label()), Coloured(terminal, StateText(stage.state())),
                  stage.attempt() == 0 ? "-" : std::to_string(stage.attempt()), seconds > 0 ? Fixed(seconds, 1) : "-",
                  ProgressText(stage), ShownName(stage.worker()), ShownName(stage.name()).substr(0, 12),
                  OneLine(stage.reason())});
  }
  return table.Render(terminal);
}

}  // namespace

double StageSeconds(const v1::Stage& stage, double now) {
  if (stage.start_time().seconds() == 0) return 0;
  const double end = stage.end_time().seconds() == 0 ? now : Seconds(stage.end_time());
  return end > 0 ? std::max(end - Seconds(stage.start_time()), 0.0) : 0;
}

std::string CountsText(const v1::StageCounts& counts) {
  std::string text;
  for (const auto& [state, count] : Counts(counts)) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + state;
  }
  return text.empty() ? "no stages" : text;
}

OutputJson SweepJson(const v1::Sweep& sweep) {
  return {{"name", ShownName(sweep.name())},
          {"state", StateText(sweep)},
          {"reason", sweep.reason()},
          {"description", sweep.description()},
          {"stages", CountsJson(sweep.stage_counts())},
          {"stage_total", sweep.stage_total()},
          {"stage_reused", sweep.stage_reused()},
          {"stage_unshared", sweep.stage_unshared()},
          {"trials", sweep.trial_count()},
          {"priority", sweep.priority()},
          {"created", TimeJson(sweep.create_time())},
          {"ended", TimeJson(sweep.end_time())}};
}

OutputJson StageJson(const v1::Stage& stage) {
  OutputJson parents = OutputJson::array();
  for (const std::string& parent : stage.parents()) parents.push_back(ShownName(parent));
  OutputJson artifacts = OutputJson::object();
  for (const v1::StageArtifact& artifact : stage.artifacts())
    artifacts[artifact.role()] = ShownName(artifact.artifact());
  return {{"key", ShownName(stage.name())},
          {"kind", KindText(stage.kind())},
          {"label", stage.label()},
          {"state", StateText(stage.state())},
          {"reason", stage.reason()},
          {"parents", parents},
          {"parameters", EmbeddedJson(stage.parameters_json())},
          {"attempt", stage.attempt()},
          {"max_attempts", stage.max_attempts()},
          {"worker", ShownName(stage.worker())},
          {"progress",
           {{"done", stage.progress().done()},
            {"total", stage.progress().total()},
            {"unit", stage.progress().unit()},
            {"note", stage.progress().note()}}},
          {"started", TimeJson(stage.start_time())},
          {"ended", TimeJson(stage.end_time())},
          {"seconds", StageSeconds(stage, 0)},
          {"result", EmbeddedJson(stage.result_json())},
          {"artifacts", artifacts},
          {"numerics_class", stage.numerics_class()}};
}

std::string SweepListText(const std::vector<v1::Sweep>& sweeps, OutputFormat format, const Terminal& terminal) {
  if (format == OutputFormat::kJson) {
    OutputJson list = OutputJson::array();
    for (const v1::Sweep& sweep : sweeps) list.push_back(SweepJson(sweep));
    return JsonText(list);
  }
  if (format == OutputFormat::kCsv) {
    std::string text = CsvLine({"name", "state", "succeeded", "running", "queued", "blocked", "failed", "cancelled",
                                "trials", "priority", "created", "ended", "reason"});
    for (const v1::Sweep& sweep : sweeps) {
      std::vector<std::string> cells = {ShownName(sweep.name()), StateText(sweep)};
      for (const auto& [state, count] : Counts(sweep.stage_counts())) cells.push_back(std::to_string(count));
      cells.insert(cells.end(),
                   {std::to_string(sweep.trial_count()), std::to_string(sweep.priority()),
                    Rfc3339(sweep.create_time().seconds()), Rfc3339(sweep.end_time().seconds()), sweep.reason()});
      text += CsvLine(cells);
    }
    return text;
  }
  if (sweeps.empty()) return "no sweeps yet; `winnow run SPEC` or `winnow submit SPEC` makes one\n";
  TextTable table({{"sweep", Align::kLeft, true},
                   {"state"},
                   {"trials", Align::kRight},
                   {"stages", Align::kRight},
                   {"created", Align::kLeft, false, 1},
                   {"description", Align::kLeft, true, 2}});
  for (const v1::Sweep& sweep : sweeps) {
    table.AddRow({ShownName(sweep.name()), Coloured(terminal, StateText(sweep)), std::to_string(sweep.trial_count()),
                  std::to_string(sweep.stage_counts().succeeded()) + "/" + std::to_string(sweep.stage_total()),
                  MinuteText(sweep.create_time().seconds()), OneLine(sweep.description())});
  }
  return table.Render(terminal);
}

std::string StatusText(const v1::Sweep& sweep, const std::vector<v1::Stage>& stages, OutputFormat format,
                       const Terminal& terminal) {
  if (format == OutputFormat::kJson) {
    OutputJson json = SweepJson(sweep);
    json["stage_counts"] = json["stages"];
    json["stages"] = OutputJson::array();
    for (const v1::Stage& stage : stages) json["stages"].push_back(StageJson(stage));
    return JsonText(json);
  }
  if (format == OutputFormat::kCsv) {
    std::string text =
        CsvLine({"key", "kind", "label", "state", "attempt", "seconds", "worker", "started", "ended", "reason"});
    for (const v1::Stage& stage : stages) {
      text += CsvLine({ShownName(stage.name()), KindText(stage.kind()), stage.label(), StateText(stage.state()),
                       std::to_string(stage.attempt()), Fixed(StageSeconds(stage, 0), 3), ShownName(stage.worker()),
                       Rfc3339(stage.start_time().seconds()), Rfc3339(stage.end_time().seconds()), stage.reason()});
    }
    return text;
  }
  std::string text = terminal.Bold(ShownName(sweep.name())) + "  " + Coloured(terminal, StateText(sweep));
  if (!sweep.reason().empty()) text += ": " + OneLine(sweep.reason());
  text += "\n" + Count(sweep.trial_count(), "trial") + "; " + Count(sweep.stage_total(), "stage") + ": " +
          CountsText(sweep.stage_counts()) + "\n";
  text += std::to_string(sweep.stage_reused()) +
          " were there when it was submitted; without sharing its trials would run " +
          std::to_string(sweep.stage_unshared()) + "\n\n";
  return text + StageListText(stages, terminal);
}

}  // namespace winnow::cli
