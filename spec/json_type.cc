#include "spec/json_type.h"

#include <cmath>

#include "spec/nearest_name.h"

namespace winnow::spec {
namespace {

constexpr size_t kLongestShown = 40;
constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

std::string NumberText(double value) {
  return DumpJson(value == std::floor(value) && std::abs(value) < kExactIntegers ? Json(static_cast<int64_t>(value))
                                                                                 : Json(value));
}

JsonType<std::string> CheckedText(OrderedJson schema, std::string wanted,
                                  std::function<bool(const std::string&)> good) {
  return {.schema = std::move(schema),
          .read =
              [wanted, good](const Json& json, const std::string& pointer, std::string& value, FaultList& faults) {
                if (json.is_string() && good(json.get_ref<const std::string&>())) {
                  value = json.get<std::string>();
                } else {
                  faults.Add(pointer, "expected " + wanted + ", found " + Found(json));
                }
              },
          .write = [](const std::string& value) { return std::optional<Json>(value); },
          .write_difference = nullptr};
}

bool ConsistsOf(std::string_view text, std::string_view letters) {
  return text.find_first_not_of(letters) == std::string_view::npos;
}

}  // namespace

std::string Range::text() const {
  std::string text;
  if (std::isfinite(least)) text = (least_open ? "above " : "of at least ") + NumberText(least);
  if (std::isfinite(most)) {
    text += std::string(text.empty() ? "" : " and ") + (most_open ? "below " : "at most ") + NumberText(most);
  }
  return text;
}

std::string Found(const Json& json) {
  if (json.is_object()) return "an object";
  if (json.is_array()) return "an array";
  std::string text = DumpJson(json);
  if (text.size() > kLongestShown) {
    size_t end = kLongestShown;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
    text = text.substr(0, end) + "...";
  }
  if (json.is_string()) return "the string " + text;
  if (json.is_number()) return "the number " + text;
  return text;
}

std::optional<int64_t> ReadInteger(const Json& json, const std::string& pointer, int64_t least, int64_t most,
                                   FaultList& faults) {
  std::optional<int64_t> value;
  if (json.is_number_unsigned()) {
    if (const auto wide = json.get<uint64_t>(); wide <= static_cast<uint64_t>(INT64_MAX)) {
      value = static_cast<int64_t>(wide);
    }
  } else if (json.is_number_integer()) {
    value = json.get<int64_t>();
  } else if (json.is_number_float()) {
    const auto real = json.get<double>();
    if (real == std::floor(real) && std::abs(real) <= kExactIntegers) value = static_cast<int64_t>(real);
  }
  if (value && *value >= least && *value <= most) return value;
  faults.Add(pointer, "expected an integer from " + std::to_string(least) + " to " + std::to_string(most) + ", found " +
                          Found(json));
  return std::nullopt;
}

std::optional<std::string> ReadName(const Json& json, const std::string& pointer, const std::vector<std::string>& names,
                                    FaultList& faults) {
  if (!json.is_string()) {
    faults.Add(pointer, "expected a name, found " + Found(json) + "; " + SuggestNames("", names));
    return std::nullopt;
  }
  const auto& name = json.get_ref<const std::string&>();
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  faults.Add(pointer, "expected a known name, found " + Found(json) + "; " + SuggestNames(name, names));
  return std::nullopt;
}

JsonType<double> NumberType(Range range) {
  OrderedJson schema = {{"type", "number"}};
  if (std::isfinite(range.least)) schema[range.least_open ? "exclusiveMinimum" : "minimum"] = range.least;
  if (std::isfinite(range.most)) schema[range.most_open ? "exclusiveMaximum" : "maximum"] = range.most;
  return {.schema = std::move(schema),
          .read =
              [range](const Json& json, const std::string& pointer, double& value, FaultList& faults) {
                if (json.is_number() && range.Holds(json.get<double>())) {
                  value = json.get<double>();
                } else {
                  faults.Add(pointer, "expected a number " + range.text() + ", found " + Found(json));
                }
              },
          .write = [](const double& value) { return std::optional<Json>(value); },
          .write_difference = nullptr};
}

JsonType<bool> BooleanType() {
  return {.schema = {{"type", "boolean"}},
          .read =
              [](const Json& json, const std::string& pointer, bool& value, FaultList& faults) {
                if (json.is_boolean()) {
                  value = json.get<bool>();
                } else {
                  faults.Add(pointer, "expected true or false, found " + Found(json));
                }
              },
          .write = [](const bool& value) { return std::optional<Json>(value); },
          .write_difference = nullptr};
}

JsonType<std::string> TextType(size_t least_bytes, size_t most_bytes) {
  OrderedJson schema = {{"type", "string"}};
  if (least_bytes > 0) schema["minLength"] = least_bytes;
  schema["maxLength"] = most_bytes;
  return CheckedText(std::move(schema),
                     "a string of " + std::to_string(least_bytes) + " to " + std::to_string(most_bytes) + " bytes",
                     [least_bytes, most_bytes](const std::string& text) {
                       return text.size() >= least_bytes && text.size() <= most_bytes;
                     });
}

JsonType<std::string> DigestType(bool or_empty) {
  return CheckedText({{"type", "string"}, {"pattern", or_empty ? "^([0-9a-f]{64})?$" : "^[0-9a-f]{64}$"}},
                     std::string("a SHA-256 of 64 lower-case hexadecimal digits") + (or_empty ? " or \"\"" : ""),
                     [or_empty](const std::string& text) {
                       return (text.size() == 64 && ConsistsOf(text, "0123456789abcdef")) || (or_empty && text.empty());
                     });
}

JsonType<std::string> SweepNameType() {
  return CheckedText({{"type", "string"}, {"pattern", "^[a-z][a-z0-9-]{0,62}$"}},
                     "a name of 1 to 63 of a-z, 0-9 and -, beginning with a letter", [](const std::string& text) {
                       return !text.empty() && text.size() <= 63 && text[0] >= 'a' && text[0] <= 'z' &&
                              ConsistsOf(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
                     });
}

JsonType<std::string> NameType(std::vector<std::string> names) {
  return {.schema = {{"type", "string"}, {"enum", names}},
          .read =
              [names](const Json& json, const std::string& pointer, std::string& value, FaultList& faults) {
                if (auto name = ReadName(json, pointer, names, faults)) value = std::move(*name);
              },
          .write = [](const std::string& value) { return std::optional<Json>(value); },
          .write_difference = nullptr};
}

JsonType<std::string> LeftOutWhenEmpty(JsonType<std::string> type) {
  type.write = [write = type.write](const std::string& value) { return value.empty() ? std::nullopt : write(value); };
  return type;
}

}  // namespace winnow::spec
