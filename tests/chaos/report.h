// What a chaos run found, for people and for programs.
#ifndef TESTS_CHAOS_REPORT_H_
#define TESTS_CHAOS_REPORT_H_

#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "tests/chaos/history_checker.h"

namespace winnow::chaos {

struct Report {
  std::string mode;
  uint64_t seed = 0;
  int64_t kills = 0;
  int64_t kills_coordinator = 0;
  int64_t kills_worker = 0;
  int64_t trials = 0;
  int64_t completions = 0;  // acknowledged
  int64_t operations = 0;   // calls in the history
  double seconds = 0;
  // Why the run shows nothing; empty where it does.
  std::vector<std::string> void_reasons;
  std::map<std::string, int64_t> fired;  // by failpoint
  std::vector<Finding> findings;
  Json extra = Json::object();  // of the mode

  int64_t Count(FindingKind kind) const;
  // Nothing was found, and the run was not void.
  bool passed() const { return findings.empty() && void_reasons.empty(); }
};

Json ToJson(const Report& report);
void Print(const Report& report, std::ostream& out);

}  // namespace winnow::chaos

#endif  // TESTS_CHAOS_REPORT_H_
