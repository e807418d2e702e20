// The search for the highest rate within a loss of accuracy.
#include "client/cli/rate_search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <tuple>

#include "base/json.h"
#include "client/cli/result_view.h"
#include "spec/parse.h"

namespace winnow::cli {
namespace {

using ::testing::ElementsAre;

// What a search tries when a rate loses drop(rate) points.
std::vector<TriedRate> Search(const spec::Objective& objective, const std::function<double(double)>& drop,
                              std::vector<TriedRate> tried = {}) {
  for (int round = 0; round < 40; ++round) {
    const std::optional<double> next = NextRate(objective, tried);
    if (!next) return tried;
    tried.push_back({"", *next, drop(*next)});
  }
  ADD_FAILURE() << "the search does not end";
  return tried;
}

double HighestThatFits(const spec::Objective& objective, const std::vector<TriedRate>& tried) {
  double highest = 0;
  for (const TriedRate& one : tried) {
    if (one.drop <= objective.max_accuracy_drop) highest = std::max(highest, one.rate);
  }
  return highest;
}

TEST(NextRate, FindsTheLimitToTheResolution) {
  for (const double limit : {0.31, 0.5, 0.617, 0.8, 0.93}) {
    for (const double resolution : {0.01, 0.02, 0.05}) {
      spec::Objective objective;
      objective.resolution = resolution;
      const auto tried = Search(objective, [&](double rate) { return rate <= limit ? 0.2 : 3.0; });
      const double found = HighestThatFits(objective, tried);
      EXPECT_LE(found, limit);
      EXPECT_GE(found, limit - resolution - 1e-9) << "limit " << limit << " resolution " << resolution;
      EXPECT_LE(tried.size(), 8u);
    }
  }
}

TEST(NextRate, EndsAtTheEdgesWhenEverythingOrNothingFits) {
  const spec::Objective objective;
  EXPECT_NEAR(HighestThatFits(objective, Search(objective, [](double) { return -1.0; })), 0.95, 0.02 + 1e-9);
  const auto nothing = Search(objective, [](double) { return 9.0; });
  EXPECT_EQ(HighestThatFits(objective, nothing), 0.0);
  EXPECT_NEAR(nothing.back().rate, 0.3, 0.02 + 1e-9);
}

TEST(NextRate, GoesOnFromWhatWasTried) {
  const spec::Objective objective;
  const auto drop = [](double rate) { return rate <= 0.7 ? 0.1 : 2.0; };
  const auto tried = Search(objective, drop, {{"", 0.6, 0.1}, {"", 0.8, 2.0}});
  for (size_t i = 2; i < tried.size(); ++i) {
    EXPECT_GT(tried[i].rate, 0.6);
    EXPECT_LT(tried[i].rate, 0.8);
  }
}

TEST(NextRate, TakesTheHigherOfTwoRangesThatNoiseMade) {
  const spec::Objective objective;
  const std::optional<double> next =
      NextRate(objective, std::vector<TriedRate>{{"", 0.5, 0.7}, {"", 0.6, 0.3}, {"", 0.9, 4.0}});
  ASSERT_TRUE(next);
  EXPECT_GT(*next, 0.6);
}

SweepResults Results() {
  SweepResults results;
  const struct {
    const char* name;
    double rate, accuracy, reached;
  } trials[] = {{"sweeps/s/trials/f4-w60", 0.6, 0.912, 0.6},
                {"sweeps/s/trials/f4-w70", 0.7, 0.907, 0.7},
                {"sweeps/s/trials/f4-w80", 0.8, 0.89, 0.8}};
  for (const auto& [name, rate, accuracy, reached] : trials) {
    v1::TrialResult result;
    result.set_trial(name);
    result.set_dense_accuracy(0.911);
    result.set_accuracy(accuracy);
    result.mutable_parameters()->set_winograd_rate(rate);
    result.mutable_winograd_sparsity()->set_reached(reached);
    results.trials.push_back(std::move(result));
  }
  return results;
}

TEST(FrontierTrials, IsTheSparsestWithinTheBudget) {
  spec::Objective objective;
  EXPECT_THAT(FrontierTrials(Results(), objective), ElementsAre(1u));
  objective.max_accuracy_drop = 0.1;
  EXPECT_THAT(FrontierTrials(Results(), objective), ElementsAre(0u));
  objective.max_accuracy_drop = 5;
  EXPECT_THAT(FrontierTrials(Results(), objective), ElementsAre(2u));
  SweepResults none = Results();
  for (v1::TrialResult& result : none.trials) result.set_accuracy(0.5);
  EXPECT_THAT(FrontierTrials(none, objective), ElementsAre());
}

TEST(FrontierTrials, IsMarkedInResults) {
  const Json list = Json::parse(ResultsJson(Results(), spec::Objective()).dump());
  EXPECT_EQ(list[0].at("frontier"), false);
  EXPECT_EQ(list[1].at("frontier"), true);
  EXPECT_FALSE(Json::parse(ResultsJson(Results()).dump())[0].contains("frontier"));
  EXPECT_EQ(
      FrontierText(Results(), spec::Objective()),
      "frontier: s/f4-w70 loses 0.40 of at most 0.50 points of accuracy, with 70.0 % zeros weighted by work; rates "
      "tried: 3\n");
}

TEST(WithWinogradRate, AddsAStepLikeTheFirst) {
  const std::string text =
      WithWinogradRate(R"({"name": "x", "winograd": {"rates": [{"rate": 0.5, "epochs": 3}], "rounds": 1}})", "", 0.75);
  EXPECT_EQ(Json::parse(text).at("winograd").at("rates"),
            Json::parse(R"([{"rate": 0.5, "epochs": 3}, {"rate": 0.75, "epochs": 3, "from": "dense"}])"));
  EXPECT_EQ(Json::parse(WithWinogradRate(R"({"winograd": {"rates": [0.5]}})", "", 0.75)).at("winograd").at("rates"),
            Json::parse(R"([0.5, {"rate": 0.75, "from": "dense"}])"));
}

// Two methods, of which one keeps its accuracy at 80 % and the other at no rate.
TEST(FrontierTrials, AreFoundMethodByMethod) {
  SweepResults results;
  for (const auto& [method, rate, accuracy] :
       {std::tuple{"ours", 0.7, 0.91}, {"paper", 0.6, 0.89}, {"ours", 0.8, 0.908}, {"paper", 0.7, 0.88}}) {
    v1::TrialResult result;
    result.set_trial("sweeps/s/trials/f4-w" + std::to_string(std::lround(rate * 100)) + "-" + method);
    result.set_dense_accuracy(0.911);
    result.set_accuracy(accuracy);
    result.mutable_parameters()->set_winograd_rate(rate);
    result.mutable_parameters()->set_method(method);
    result.mutable_winograd_sparsity()->set_reached(rate);
    results.trials.push_back(std::move(result));
  }
  EXPECT_THAT(FrontierTrials(results, {}), ElementsAre(2u));
  EXPECT_EQ(
      FrontierText(results, {}),
      "frontier: s/f4-w80-ours loses 0.30 of at most 0.50 points of accuracy, with 80.0 % zeros weighted by work; "
      "rates tried: 2\nfrontier: no rate tried with paper loses at most 0.50 points of accuracy; rates tried: 2\n");
  const std::vector<TriedRate> tried = TriedRates(results);
  EXPECT_GT(NextRate({}, RatesOf(tried, "ours")), 0.8);
  EXPECT_LT(NextRate({}, RatesOf(tried, "paper")), 0.6);
}

TEST(WithWinogradRate, FindsTheMethodByItsName) {
  const std::string text =
      WithWinogradRate(R"({"winograd": [{"name": "a", "rates": [0.5]}, {"name": "b", "rates": [0.6]}]})", "b", 0.7);
  EXPECT_EQ(Json::parse(text).at("winograd"), Json::parse(R"([{"name": "a", "rates": [0.5]},
                            {"name": "b", "rates": [0.6, {"rate": 0.7, "from": "dense"}]}])"));
}

}  // namespace
}  // namespace winnow::cli
