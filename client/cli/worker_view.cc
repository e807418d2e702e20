#include "client/cli/worker_view.h"

#include <map>

#include "client/cli/json_piece.h"
#include "client/cli/number_text.h"
#include "client/cli/resource_name.h"
#include "client/cli/state_text.h"
#include "client/cli/text_table.h"

namespace winnow::cli {
namespace {

std::string DataSetNames(const v1::Worker& worker) {
  std::string names;
  for (const v1::WorkerDataSet& set : worker.data_sets()) names += (names.empty() ? "" : " ") + set.name();
  return names;
}

OutputJson WorkerJson(const v1::Worker& worker) {
  OutputJson running = OutputJson::array();
  for (const std::string& stage : worker.running_stages()) running.push_back(ShownName(stage));
  OutputJson sets = OutputJson::array();
  for (const v1::WorkerDataSet& set : worker.data_sets()) {
    sets.push_back({{"name", set.name()}, {"digest", set.digest()}});
  }
  OutputJson labels = OutputJson::object();
  // A protobuf map has no order; the output has one.
  const std::map<std::string, std::string> ordered(worker.labels().begin(), worker.labels().end());
  for (const auto& [key, value] : ordered) labels[key] = value;
  return {{"name", ShownName(worker.name())},
          {"state", StateText(worker)},
          {"running", running},
          {"threads", worker.threads()},
          {"memory_bytes", worker.memory_bytes()},
          {"isa", worker.isa()},
          {"numerics_class", worker.numerics_class()},
          {"fingerprint", EmbeddedJson(worker.fingerprint_json())},
          {"data_sets", sets},
          {"labels", labels},
          {"registered", TimeJson(worker.register_time())},
          {"last_seen", TimeJson(worker.last_seen_time())}};
}

std::string WorkerTable(const std::vector<v1::Worker>& workers, const Terminal& terminal) {
  TextTable table({{"worker", Align::kLeft, true},
                   {"state"},
                   {"running", Align::kRight},
                   {"threads", Align::kRight},
                   {"memory", Align::kRight},
                   {"isa"},
                   {"data sets", Align::kLeft, true},
                   {"last seen", Align::kLeft, false, 1}});
  for (const v1::Worker& worker : workers) {
    table.AddRow({ShownName(worker.name()), Coloured(terminal, StateText(worker)),
                  std::to_string(worker.running_stages_size()), std::to_string(worker.threads()),
                  BytesText(static_cast<uint64_t>(worker.memory_bytes())), OneLine(worker.isa()),
                  OneLine(DataSetNames(worker)), MinuteText(worker.last_seen_time().seconds())});
  }
  return table.Render(terminal);
}

}  // namespace

std::string WorkerListText(const std::vector<v1::Worker>& workers, OutputFormat format, const Terminal& terminal) {
  if (format == OutputFormat::kJson) {
    OutputJson list = OutputJson::array();
    for (const v1::Worker& worker : workers) list.push_back(WorkerJson(worker));
    return JsonText(list);
  }
  if (format == OutputFormat::kCsv) {
    std::string text =
        CsvLine({"name", "state", "running", "threads", "memory_bytes", "isa", "data_sets", "last_seen"});
    for (const v1::Worker& worker : workers) {
      text += CsvLine({ShownName(worker.name()), StateText(worker), std::to_string(worker.running_stages_size()),
                       std::to_string(worker.threads()), std::to_string(worker.memory_bytes()), worker.isa(),
                       DataSetNames(worker), Rfc3339(worker.last_seen_time().seconds())});
    }
    return text;
  }
  if (workers.empty()) {
    return "no workers; `winnow-worker --server ADDRESS --data-root DIR` starts one, and `winnow run` its own\n";
  }
  return WorkerTable(workers, terminal);
}

std::string MissingDataSetText(const std::vector<v1::Worker>& workers, const std::string& name,
                               const std::string& digest) {
  std::string offers;
  bool any_alive = false;
  for (const v1::Worker& worker : workers) {
    if (worker.state() != v1::WORKER_STATE_ALIVE) continue;
    any_alive = true;
    std::string sets;
    for (const v1::WorkerDataSet& set : worker.data_sets()) {
      if (set.name() == name && set.digest() == digest) return "";
      sets += (sets.empty() ? "" : ", ") + set.name() + " (digest " + set.digest() + ")";
    }
    offers += "\n  " + ShownName(worker.name()) + " offers " + (sets.empty() ? "no data set" : sets);
  }
  return "no worker has the data set " + name + " with digest " + digest +
         (any_alive ? ":" + offers : "; no worker is alive");
}

}  // namespace winnow::cli
