// What a JSON value may be, and how it becomes a C++ value and back.
//
// A JsonType<V> is made once, of smaller ones, and then serves three ends: reading with faults, writing, and the JSON
// schema. Tables of members are in spec/json_table.h.
#ifndef SPEC_JSON_TYPE_H_
#define SPEC_JSON_TYPE_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/json.h"
#include "spec/fault_list.h"

namespace winnow::spec {

// Keeps the order of members, for texts that people read.
using OrderedJson = nlohmann::ordered_json;

template <typename V>
struct JsonType {
  OrderedJson schema;

  // Sets `value`, or adds faults and leaves it as it was or in part set.
  std::function<void(const Json& json, const std::string& pointer, V& value, FaultList& faults)> read;

  // Nothing where the member is to be left out.
  std::function<std::optional<Json>(const V& value)> write;

  // What of `value` differs from `base`; nothing where they are equal. Null for all types but objects: the whole value.
  std::function<std::optional<Json>(const V& value, const V& base)> write_difference;
};

// The same type for several functions to keep: a copy would copy all that the type is made of.
template <typename V>
std::shared_ptr<const JsonType<V>> Share(JsonType<V> type) {
  return std::make_shared<const JsonType<V>>(std::move(type));
}

// The interval of a number. `text` is used in messages: "above 0 and below 1".
struct Range {
  double least;
  double most;
  bool least_open = false;
  bool most_open = false;

  bool Holds(double value) const {
    return (least_open ? value > least : value >= least) && (most_open ? value < most : value <= most);
  }
  std::string text() const;
};

// "the string \"abc\"", "the number 3", "an object": `json` as a message calls it, cut to a readable length.
std::string Found(const Json& json);

// Implementations of read for what is no template.
std::optional<int64_t> ReadInteger(const Json& json, const std::string& pointer, int64_t least, int64_t most,
                                   FaultList& faults);
std::optional<std::string> ReadName(const Json& json, const std::string& pointer, const std::vector<std::string>& names,
                                    FaultList& faults);

template <typename I>
JsonType<I> IntegerType(int64_t least, int64_t most) {
  return {.schema = {{"type", "integer"}, {"minimum", least}, {"maximum", most}},
          .read =
              [least, most](const Json& json, const std::string& pointer, I& value, FaultList& faults) {
                if (const auto integer = ReadInteger(json, pointer, least, most, faults)) {
                  value = static_cast<I>(*integer);
                }
              },
          .write = [](const I& value) { return std::optional<Json>(value); },
          .write_difference = nullptr};
}

JsonType<double> NumberType(Range range);
JsonType<bool> BooleanType();

// Any text of at most `most_bytes`.
JsonType<std::string> TextType(size_t least_bytes, size_t most_bytes);

// 64 lower-case hexadecimal digits, or, where `or_empty`, "".
JsonType<std::string> DigestType(bool or_empty);

// 1-63 of [a-z0-9-], beginning with a letter.
JsonType<std::string> SweepNameType();

// One of `names`.
JsonType<std::string> NameType(std::vector<std::string> names);

// Not written where it is "".
JsonType<std::string> LeftOutWhenEmpty(JsonType<std::string> type);

// One of `values`, by the text that `text_of` gives it.
template <typename E>
JsonType<E> ChoiceType(std::vector<E> values, std::string_view (*text_of)(E)) {
  std::vector<std::string> names;
  for (const E value : values) names.emplace_back(text_of(value));
  JsonType<std::string> name = NameType(names);
  return {.schema = name.schema,
          .read =
              [values, names](const Json& json, const std::string& pointer, E& value, FaultList& faults) {
                if (const auto text = ReadName(json, pointer, names, faults)) {
                  value = values[static_cast<size_t>(std::find(names.begin(), names.end(), *text) - names.begin())];
                }
              },
          .write = [text_of](const E& value) { return std::optional<Json>(std::string(text_of(value))); },
          .write_difference = nullptr};
}

// An array of `least` to `most` elements, where `distinct` no two equal. Takes the place of what the vector held; a
// faulty element leaves a default one, so that indexes stay right.
template <typename V>
JsonType<std::vector<V>> ListType(JsonType<V> element_type, size_t least, size_t most, bool distinct) {
  const auto element = Share(std::move(element_type));
  OrderedJson schema = {{"type", "array"}, {"items", element->schema}, {"minItems", least}, {"maxItems", most}};
  if (distinct) schema["uniqueItems"] = true;
  return {.schema = std::move(schema),
          .read =
              [element, least, most, distinct](const Json& json, const std::string& pointer, std::vector<V>& value,
                                               FaultList& faults) {
                const std::string wanted = "expected an array of " + std::to_string(least) + " to " +
                                           std::to_string(most) + " elements, found ";
                if (!json.is_array()) return faults.Add(pointer, wanted + Found(json));
                if (json.size() < least || json.size() > most) {
                  return faults.Add(pointer, wanted + std::to_string(json.size()));
                }
                value.clear();
                for (size_t i = 0; i < json.size(); ++i) {
                  V one{};
                  const size_t faults_before = faults.count();
                  element->read(json[i], Below(pointer, i), one, faults);
                  const bool good = faults.count() == faults_before;
                  if (distinct && good && std::find(value.begin(), value.end(), one) != value.end()) {
                    faults.Add(Below(pointer, i), "expected distinct elements, found " + Found(json[i]) + " again");
                  }
                  value.push_back(std::move(one));
                }
              },
          .write =
              [element](const std::vector<V>& value) {
                Json json = Json::array();
                for (const V& one : value) json.push_back(*element->write(one));
                return std::optional<Json>(std::move(json));
              },
          .write_difference = nullptr};
}

// An object whose members' names are data. Takes the place of what the map held.
template <typename V>
JsonType<std::map<std::string, V>> MapType(JsonType<V> member_type) {
  const auto member = Share(std::move(member_type));
  return {
      .schema = {{"type", "object"}, {"additionalProperties", member->schema}},
      .read =
          [member](const Json& json, const std::string& pointer, std::map<std::string, V>& value, FaultList& faults) {
            if (!json.is_object()) return faults.Add(pointer, "expected an object, found " + Found(json));
            value.clear();
            for (const auto& [name, content] : json.items()) {
              member->read(content, Below(pointer, name), value[name], faults);
            }
          },
      .write =
          [member](const std::map<std::string, V>& value) {
            Json json = Json::object();
            for (const auto& [name, content] : value) json[name] = *member->write(content);
            return std::optional<Json>(std::move(json));
          },
      .write_difference = nullptr};
}

// Left out where there is none.
template <typename V>
JsonType<std::optional<V>> OptionalType(JsonType<V> of_value) {
  const auto type = Share(std::move(of_value));
  return {.schema = type->schema,
          .read =
              [type](const Json& json, const std::string& pointer, std::optional<V>& value, FaultList& faults) {
                V one = value.value_or(V{});
                type->read(json, pointer, one, faults);
                value = std::move(one);
              },
          .write = [type](const std::optional<V>& value) { return value ? type->write(*value) : std::nullopt; },
          .write_difference = nullptr};
}

}  // namespace winnow::spec

#endif  // SPEC_JSON_TYPE_H_
