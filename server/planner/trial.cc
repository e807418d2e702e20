#include "server/planner/trial.h"

#include <algorithm>
#include <charconv>

namespace winnow::server {

std::string PercentText(double rate) {
  // Shifting the point in the shortest text is exact; 0.3 * 100 is not 30.
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), rate, std::chars_format::fixed).ptr;
  std::string whole(buffer, end);
  std::string fraction;
  if (const size_t point = whole.find('.'); point != std::string::npos) {
    fraction = whole.substr(point + 1);
    whole.resize(point);
  }
  if (fraction.size() < 2) fraction.resize(2, '0');
  whole += fraction.substr(0, 2);
  fraction.erase(0, 2);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  return fraction.empty() ? whole : whole + "p" + fraction;
}

namespace {

std::string PruningId(const TrialParameters& parameters) {
  if (!parameters.spatial_rate && !parameters.winograd_rate) return "dense";
  std::string id = "f" + std::to_string(parameters.tile_size);
  if (parameters.spatial_rate) id += "-s" + PercentText(*parameters.spatial_rate);
  if (parameters.winograd_rate) id += "-w" + PercentText(*parameters.winograd_rate);
  if (parameters.winograd_rate && parameters.mask_group > 1) id += "g" + std::to_string(parameters.mask_group);
  if (!parameters.method.empty()) id += "-" + parameters.method;
  return id;
}

}  // namespace

std::string TrialId(const TrialParameters& parameters) {
  return PruningId(parameters) + (parameters.seed ? "-seed" + std::to_string(*parameters.seed) : "") +
         (parameters.test ? "-test" : "");
}

}  // namespace winnow::server
