#include "tests/chaos/report.h"

#include <algorithm>
#include <ostream>

namespace winnow::chaos {
namespace {

constexpr size_t kFindingsShown = 20;

const char* Name(FindingKind kind) {
  switch (kind) {
    case FindingKind::kLost:
      return "lost";
    case FindingKind::kDuplicated:
      return "duplicated";
    case FindingKind::kStuck:
      return "stuck";
    case FindingKind::kBroken:
      return "broken";
  }
  return "";
}

}  // namespace

int64_t Report::Count(FindingKind kind) const {
  return std::count_if(findings.begin(), findings.end(), [&](const Finding& f) { return f.kind == kind; });
}

Json ToJson(const Report& report) {
  Json json = {{"mode", report.mode},
               {"seed", report.seed},
               {"kills", report.kills},
               {"kills_coordinator", report.kills_coordinator},
               {"kills_worker", report.kills_worker},
               {"trials", report.trials},
               {"completions", report.completions},
               {"operations", report.operations},
               {"seconds", report.seconds},
               {"lost", report.Count(FindingKind::kLost)},
               {"duplicated", report.Count(FindingKind::kDuplicated)},
               {"stuck", report.Count(FindingKind::kStuck)},
               {"violations", report.findings.size()},
               {"void", !report.void_reasons.empty()},
               {"void_reasons", report.void_reasons},
               {"findings", Json::array()}};
  json.update(report.extra);
  for (size_t i = 0; i < report.findings.size() && i < kFindingsShown; ++i) {
    json["findings"].push_back({{"kind", Name(report.findings[i].kind)}, {"text", report.findings[i].text}});
  }
  if (!report.fired.empty()) {
    json["failpoints"] = Json::object();
    for (const auto& [name, fired] : report.fired) json["failpoints"][name] = {{"fired", fired}};
  }
  return json;
}

void Print(const Report& report, std::ostream& out) {
  out << report.mode << ", seed " << report.seed << ": " << report.kills << " kills (" << report.kills_coordinator
      << " coordinator, " << report.kills_worker << " worker), " << report.trials << " trials, " << report.completions
      << " completions acknowledged, " << report.operations << " operations, " << report.seconds << " s\n";
  for (const auto& [name, fired] : report.fired) out << "  " << name << ": fired " << fired << "\n";
  for (const auto& [name, value] : report.extra.items()) out << "  " << name << ": " << value.dump() << "\n";
  out << "lost " << report.Count(FindingKind::kLost) << ", duplicated " << report.Count(FindingKind::kDuplicated)
      << ", stuck " << report.Count(FindingKind::kStuck) << ", violations " << report.findings.size() << ", void "
      << (report.void_reasons.empty() ? "no" : "yes") << "\n";
  for (const std::string& reason : report.void_reasons) out << "  void: " << reason << "\n";
  for (size_t i = 0; i < report.findings.size() && i < kFindingsShown; ++i) {
    out << "  " << Name(report.findings[i].kind) << ": " << report.findings[i].text << "\n";
  }
}

}  // namespace winnow::chaos
