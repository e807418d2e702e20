#include "spec/nearest_name.h"

#include <algorithm>
#include <utility>

namespace winnow::spec {
namespace {

constexpr size_t kLongestName = 128;  // longer ones are cut: a suggestion must not cost time
constexpr size_t kMostListed = 10;
constexpr size_t kShortestBeginning = 4;  // that says which name was meant

char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

size_t SpellingDistance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongestName);
  b = b.substr(0, kLongestName);
  // Rows i-2, i-1 and i of the table of distances between the first i letters of a and the first j of b.
  std::vector<size_t> older(b.size() + 1), old(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) old[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const char x = ToLower(a[i - 1]);
      const char y = ToLower(b[j - 1]);
      row[j] = std::min({old[j] + 1, row[j - 1] + 1, old[j - 1] + (x == y ? 0 : 1)});
      if (i > 1 && j > 1 && x == ToLower(b[j - 2]) && ToLower(a[i - 2]) == y)
        row[j] = std::min(row[j], older[j - 2] + 1);
    }
    std::swap(older, old);
    std::swap(old, row);
  }
  return old[b.size()];
}

std::vector<std::string> NearestNames(std::string_view name, const std::vector<std::string>& names, size_t most) {
  std::vector<std::pair<size_t, std::string>> near;
  for (const std::string& candidate : names) {
    const bool cut_off = name.size() >= kShortestBeginning && candidate.starts_with(name) && candidate != name;
    const size_t distance = cut_off ? 1 : SpellingDistance(name, candidate);
    const size_t longest = std::max(std::min(name.size(), kLongestName), candidate.size());
    if (distance <= std::max<size_t>(2, longest / 3)) near.emplace_back(distance, candidate);
  }
  std::stable_sort(near.begin(), near.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> nearest;
  for (size_t i = 0; i < near.size() && i < most; ++i) nearest.push_back(std::move(near[i].second));
  return nearest;
}

std::string SuggestNames(std::string_view name, const std::vector<std::string>& names) {
  const std::vector<std::string> nearest = NearestNames(name, names);
  if (!nearest.empty()) {
    std::string text = "did you mean \"" + nearest[0] + "\"";
    for (size_t i = 1; i < nearest.size(); ++i) {
      text += (i + 1 == nearest.size() ? " or \"" : ", \"") + nearest[i] + "\"";
    }
    return text + "?";
  }
  if (names.empty()) return "none is known";
  std::string text = "known: ";
  for (size_t i = 0; i < names.size() && i < kMostListed; ++i) text += (i > 0 ? ", " : "") + names[i];
  if (names.size() > kMostListed) text += ", ...";
  return text;
}

}  // namespace winnow::spec
