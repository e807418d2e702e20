// The one text that stands for a JSON value: RFC 8785 (JSON Canonicalization Scheme).
#ifndef SPEC_CANONICAL_JSON_H_
#define SPEC_CANONICAL_JSON_H_

#include <string>

#include "base/json.h"
#include "base/result.h"

namespace winnow::spec {

// No spaces; members in the order of their names' UTF-16 code units; numbers as ECMAScript writes a double; strings
// with the fewest escapes. Equal values have equal texts: 1, 1.0 and 1e0 are the same number, -0 is 0.
//
// kInvalidArgument  a number that is not finite, an integer that no double holds exactly, a string that is not UTF-8, a
//                   value nested deeper than 1000
Result<std::string> CanonicalJson(const Json& value);

// How ECMAScript's Number::toString writes a finite number.
std::string EcmaScriptNumber(double value);

}  // namespace winnow::spec

#endif  // SPEC_CANONICAL_JSON_H_
