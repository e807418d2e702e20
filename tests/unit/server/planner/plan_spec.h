// Small sweeps for the planner's tests.
#ifndef TESTS_UNIT_SERVER_PLANNER_PLAN_SPEC_H_
#define TESTS_UNIT_SERVER_PLANNER_PLAN_SPEC_H_

#include <gtest/gtest.h>

#include <string>

#include "base/json.h"
#include "server/planner/stage_graph.h"
#include "spec/parse.h"

namespace winnow::server {

inline const std::string kFingerprint(64, 'f');
inline const PlanEnvironment kWithoutHost;
inline const PlanEnvironment kWithHost{.data_digest = "", .benchmark_fingerprint = kFingerprint};

// A spec of lenet-5-3x3 on Fashion-MNIST, with the members `rest` in place of its own or besides.
inline spec::SweepSpec Spec(const std::string& rest) {
  Json json = {{"name", "a"}, {"model", {{"name", "lenet-5-3x3"}}}, {"data", {{"name", "fashion-mnist"}}}};
  json.update(Json::parse("{" + rest + "}"));
  auto spec = spec::ParseSweepSpec(json.dump());
  if (spec) return *spec;
  ADD_FAILURE() << spec::ToStatus(spec.error()).message();
  return {};
}

inline StageGraph Plan(const std::string& rest, const PlanEnvironment& environment = kWithoutHost) {
  return BuildStageGraph(Spec(rest), environment);
}

}  // namespace winnow::server

#endif  // TESTS_UNIT_SERVER_PLANNER_PLAN_SPEC_H_
