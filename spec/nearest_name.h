// "Did you mean ...?": the known names nearest to a misspelt one.
#ifndef SPEC_NEAREST_NAME_H_
#define SPEC_NEAREST_NAME_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace winnow::spec {

// The least number of letters put in, left out, changed, or swapped with their neighbour that makes `b` of `a`
// (optimal string alignment); letters are bytes, and A-Z count as a-z.
size_t SpellingDistance(std::string_view a, std::string_view b);

// The `most` names nearest to `name`, nearest first, equals in their given order; none that is farther than a third of
// the longer of the two (at least 2). One of which `name`, of 4 letters or more, is the beginning is at distance 1.
std::vector<std::string> NearestNames(std::string_view name, const std::vector<std::string>& names, size_t most = 3);

// The end of a message about an unknown `name`: "did you mean "a" or "b"?", or, where nothing is near, "known: a, b, c"
// (at most the first 10).
std::string SuggestNames(std::string_view name, const std::vector<std::string>& names);

}  // namespace winnow::spec

#endif  // SPEC_NEAREST_NAME_H_
