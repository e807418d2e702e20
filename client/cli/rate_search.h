// The search that a spec's objective asks for: which rate to try next, and which trial it has found.
#ifndef CLIENT_CLI_RATE_SEARCH_H_
#define CLIENT_CLI_RATE_SEARCH_H_

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "client/cli/coordinator.h"
#include "spec/objective.h"
#include "spec/sweep_spec.h"

namespace winnow::cli {

struct TriedRate {
  std::string method;  // "" in a sweep with one
  double rate = 0.0;
  double drop = 0.0;  // percentage points of accuracy below the dense net
};

// Of the trials that have both accuracies and a Winograd rate: one a rate, the mean over its seeds. Not of what the
// test set tells where images are held out.
std::vector<TriedRate> TriedRates(const SweepResults& results);

// Those of one method.
std::vector<TriedRate> RatesOf(std::span<const TriedRate> tried, const std::string& method);

// The names of the methods to search with: those of a list, else "".
std::vector<std::string> MethodsOf(const spec::SweepSpec& spec);

// Of the rates tried with one method. Halves the range between the highest rate within the budget and the lowest above
// it that is not (noise may make a higher one fit that lies above one that does not: then the higher counts). None once
// the range is no wider than the resolution.
std::optional<double> NextRate(const spec::Objective& objective, std::span<const TriedRate> tried);

// Method by method: index of the trial within the budget that has the most of what is maximised, with those of other
// seeds, of which the mean is within it; none where none is.
std::vector<size_t> FrontierTrials(const SweepResults& results, const spec::Objective& objective);

// "frontier: f4-w80 loses 0.41 of at most 0.50 points, ...": what a reader of the table wants to know, one line
// a method.
std::string FrontierText(const SweepResults& results, const spec::Objective& objective);

// The spec's text with the rate added to a method's, "" for that of a spec with one, each from the net the ladder
// starts from, with the settings of its first step. `text`: a valid spec with "winograd".
std::string WithWinogradRate(const std::string& text, const std::string& method, double rate);

// The spec's text with these trials evaluated on the test set, too.
std::string WithTestTrials(const std::string& text, const std::vector<std::string>& ids);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_RATE_SEARCH_H_
