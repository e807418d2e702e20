#include "server/scheduler/requirement.h"

#include <algorithm>
#include <functional>
#include <vector>

namespace winnow::server {
namespace {

// Enough names for a person to look at; the rest is counted.
constexpr size_t kNamesShown = 5;
constexpr int64_t kMebibyte = int64_t{1} << 20;

const WorkerDataSet* FindDataSet(const WorkerRecord& worker, const std::string& name) {
  const auto it = std::find_if(worker.data_sets.begin(), worker.data_sets.end(),
                               [&](const WorkerDataSet& data_set) { return data_set.name == name; });
  return it == worker.data_sets.end() ? nullptr : &*it;
}

bool HasDataSet(const WorkerRecord& worker, const Requirement& need) {
  return need.data_set.empty() || std::find(worker.data_sets.begin(), worker.data_sets.end(),
                                            WorkerDataSet{need.data_set, need.data_digest}) != worker.data_sets.end();
}

int VersionOf(const WorkerRecord& worker, spec::StageKind kind) {
  const auto it = worker.stage_versions.find(kind);
  return it == worker.stage_versions.end() ? 0 : it->second;
}

bool HasVersion(const WorkerRecord& worker, const Requirement& need) {
  return VersionOf(worker, need.kind) == need.version;
}

bool HasFingerprint(const WorkerRecord& worker, const Requirement& need) {
  return need.fingerprint.empty() || worker.fingerprint == need.fingerprint;
}

bool HasLabels(const WorkerRecord& worker, const Requirement& need) {
  return std::all_of(need.labels.begin(), need.labels.end(), [&](const auto& label) {
    const auto it = worker.labels.find(label.first);
    return it != worker.labels.end() && it->second == label.second;
  });
}

bool HasThreads(const WorkerRecord& worker, const Requirement& need) { return worker.threads >= need.threads; }

bool HasMemory(const WorkerRecord& worker, const Requirement& need) { return worker.memory_bytes >= need.memory_bytes; }

using Workers = std::vector<const WorkerRecord*>;

// "a (1 thread), b (2 threads), and 3 more".
std::string Describe(const Workers& workers, const std::function<std::string(const WorkerRecord&)>& detail) {
  std::string text;
  for (size_t i = 0; i < workers.size() && i < kNamesShown; ++i) {
    text += (i == 0 ? "" : ", ") + workers[i]->id + " (" + detail(*workers[i]) + ")";
  }
  if (workers.size() > kNamesShown) text += ", and " + std::to_string(workers.size() - kNamesShown) + " more";
  return text;
}

std::string WhyNoDataSet(const Requirement& need, const Workers& workers) {
  std::string text = "no worker has data set " + need.data_set + " with digest " + need.data_digest;
  Workers offering;
  for (const WorkerRecord* worker : workers) {
    if (FindDataSet(*worker, need.data_set) != nullptr) offering.push_back(worker);
  }
  if (offering.empty()) {
    return text + "; no worker offers " + need.data_set +
           " at all: start one with --data-root naming the folder it lies in";
  }
  return text + "; workers offering " + need.data_set + ": " + Describe(offering, [&](const WorkerRecord& worker) {
           return "digest " + FindDataSet(worker, need.data_set)->digest;
         });
}

std::string WhyNoVersion(const Requirement& need, const Workers& workers) {
  const std::string kind(spec::StageKindName(need.kind));
  return "no worker runs version " + std::to_string(need.version) + " of " + kind + "; workers run: " +
         Describe(workers,
                  [&](const WorkerRecord& worker) {
                    const int version = VersionOf(worker, need.kind);
                    return version == 0 ? "none" : "version " + std::to_string(version);
                  }) +
         "; use the same release of winnowd and winnow-worker";
}

std::string WhyNoFingerprint(const Requirement& need, const Workers& workers) {
  return "it is timed on the machine with fingerprint " + need.fingerprint +
         ", of which no worker is alive; workers: " +
         Describe(workers, [](const WorkerRecord& worker) { return "fingerprint " + worker.fingerprint; });
}

std::string LabelsText(const std::map<std::string, std::string>& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += (text.empty() ? "" : ", ") + name + "=" + value;
  return text.empty() ? "no labels" : text;
}

std::string WhyNoLabels(const Requirement& need, const Workers& workers) {
  return "it is pinned to workers with " + LabelsText(need.labels) +
         "; workers: " + Describe(workers, [](const WorkerRecord& worker) { return LabelsText(worker.labels); }) +
         "; start one with --label, or change resources.labels of the spec";
}

std::string WhyNoThreads(const Requirement& need, const Workers& workers) {
  return "it needs " + std::to_string(need.threads) + " threads, more than any worker has: " +
         Describe(workers, [](const WorkerRecord& worker) { return std::to_string(worker.threads) + " threads"; }) +
         "; lower resources.threads or start a larger worker";
}

std::string WhyNoMemory(const Requirement& need, const Workers& workers) {
  return "it needs " + std::to_string(need.memory_bytes / kMebibyte) + " MiB of memory, more than any worker has: " +
         Describe(workers,
                  [](const WorkerRecord& worker) { return std::to_string(worker.memory_bytes / kMebibyte) + " MiB"; }) +
         "; lower resources.memory_mib or start a larger worker";
}

// One need after the other: a message speaks of the workers that meet all the needs before it.
struct Need {
  bool (*met)(const WorkerRecord&, const Requirement&);
  std::string (*why_not)(const Requirement&, const Workers&);
};

constexpr Need kNeeds[] = {{HasDataSet, WhyNoDataSet}, {HasVersion, WhyNoVersion}, {HasFingerprint, WhyNoFingerprint},
                           {HasLabels, WhyNoLabels},   {HasThreads, WhyNoThreads}, {HasMemory, WhyNoMemory}};

}  // namespace

bool CanRun(const WorkerRecord& worker, const Requirement& requirement) {
  return std::all_of(std::begin(kNeeds), std::end(kNeeds),
                     [&](const Need& need) { return need.met(worker, requirement); });
}

std::optional<std::string> WhyNobodyCanRun(const Requirement& requirement, std::span<const WorkerRecord* const> alive) {
  if (alive.empty()) return "no worker is connected; start one with winnow-worker --server ADDRESS";
  Workers left(alive.begin(), alive.end());
  for (const Need& need : kNeeds) {
    Workers meeting;
    for (const WorkerRecord* worker : left) {
      if (need.met(*worker, requirement)) meeting.push_back(worker);
    }
    if (meeting.empty()) return need.why_not(requirement, left);
    left = std::move(meeting);
  }
  return std::nullopt;
}

}  // namespace winnow::server
