// Tables that say which members an object has in JSON and which members of a struct they are.
#ifndef SPEC_JSON_TABLE_H_
#define SPEC_JSON_TABLE_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "spec/json_type.h"
#include "spec/nearest_name.h"

namespace winnow::spec {

// Whether a member may be left out of the JSON, and what then holds.
enum class Presence {
  kRequired,   // may not; it has no default, so it is never taken for equal to one
  kDefaulted,  // may; the struct's own default holds and stands in the schema
  kInherited,  // may; what holds then is told by the description
};
inline constexpr Presence kRequired = Presence::kRequired;
inline constexpr Presence kDefaulted = Presence::kDefaulted;
inline constexpr Presence kInherited = Presence::kInherited;

// One member of the JSON object that stands for a T.
template <typename T>
struct Field {
  std::string name;
  Presence presence;
  JsonType<T> type;  // of the member's JSON value, reading into and writing from the whole T
};

template <typename T>
using Table = std::vector<Field<T>>;

// A member that `member` (a pointer to member, or a function from T& to a reference) finds in T.
template <typename T, typename M, typename V>
Field<T> MakeField(std::string name, Presence presence, M member, JsonType<V> member_type, std::string description) {
  const auto type = Share(std::move(member_type));
  JsonType<T> whole;
  whole.schema = type->schema;
  whole.schema["description"] = std::move(description);
  whole.read = [member, type](const Json& json, const std::string& pointer, T& value, FaultList& faults) {
    type->read(json, pointer, std::invoke(member, value), faults);
  };
  whole.write = [member, type](const T& value) { return type->write(std::invoke(member, value)); };
  whole.write_difference = [member, type](const T& value, const T& base) -> std::optional<Json> {
    const V& mine = std::invoke(member, value);
    const V& other = std::invoke(member, base);
    if (mine == other) return std::nullopt;
    return type->write_difference ? type->write_difference(mine, other) : type->write(mine);
  };
  return {std::move(name), presence, std::move(whole)};
}

template <typename T>
std::vector<std::string> MemberNames(const Table<T>& table) {
  std::vector<std::string> names;
  for (const Field<T>& field : table) names.push_back(field.name);
  return names;
}

// Reads the members that are there and leaves the rest of `value` as it was. Faults come in the table's order, then
// those of unknown members.
template <typename T>
void ReadObject(const Table<T>& table, const Json& json, const std::string& pointer, T& value, FaultList& faults) {
  if (!json.is_object()) return faults.Add(pointer, "expected an object, found " + Found(json));
  for (const Field<T>& field : table) {
    if (const auto it = json.find(field.name); it != json.end()) {
      field.type.read(*it, Below(pointer, field.name), value, faults);
    } else if (field.presence == Presence::kRequired) {
      faults.Add(pointer, "expected the member \"" + field.name + "\", found none");
    }
  }
  const std::vector<std::string> names = MemberNames(table);
  for (const auto& [name, content] : json.items()) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    // Looking for near names costs time, so not for faults that nobody will see.
    faults.Add(Below(pointer, name),
               faults.full() ? "" : "expected no member of this name; " + SuggestNames(name, names));
  }
}

template <typename T>
Json WriteObject(const Table<T>& table, const T& value) {
  Json json = Json::object();
  for (const Field<T>& field : table) {
    if (auto member = field.type.write(value)) json[field.name] = std::move(*member);
  }
  return json;
}

template <typename T>
Json WriteObjectDifference(const Table<T>& table, const T& value, const T& base) {
  Json json = Json::object();
  for (const Field<T>& field : table) {
    auto member = field.type.write_difference(value, base);
    if (!member && field.presence == Presence::kRequired) member = field.type.write(value);
    if (member) json[field.name] = std::move(*member);
  }
  return json;
}

template <typename T>
OrderedJson ObjectSchema(const Table<T>& table) {
  OrderedJson schema = {{"type", "object"}, {"additionalProperties", false}};
  OrderedJson required = OrderedJson::array();
  OrderedJson properties = OrderedJson::object();
  for (const Field<T>& field : table) {
    OrderedJson member = field.type.schema;
    if (field.presence == Presence::kRequired) required.push_back(field.name);
    if (field.presence == Presence::kDefaulted && member.value("type", "") != "object") {
      if (const auto fallback = field.type.write(T{})) member["default"] = *fallback;
    }
    properties[field.name] = std::move(member);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  schema["properties"] = std::move(properties);
  return schema;
}

// The type of an object with the members of `table`.
template <typename T>
JsonType<T> ObjectType(Table<T> members) {
  const auto table = std::make_shared<const Table<T>>(std::move(members));
  JsonType<T> type;
  type.schema = ObjectSchema(*table);
  type.read = [table](const Json& json, const std::string& pointer, T& value, FaultList& faults) {
    ReadObject(*table, json, pointer, value, faults);
  };
  type.write = [table](const T& value) { return std::optional<Json>(WriteObject(*table, value)); };
  type.write_difference = [table](const T& value, const T& base) -> std::optional<Json> {
    Json json = WriteObjectDifference(*table, value, base);
    if (json.empty()) return std::nullopt;
    return json;
  };
  return type;
}

// An object in JSON whose members are those of T itself.
template <typename T>
Field<T> MakeGroup(std::string name, Presence presence, Table<T> table, std::string description) {
  Field<T> field{std::move(name), presence, ObjectType<T>(std::move(table))};
  field.type.schema["description"] = std::move(description);
  return field;
}

}  // namespace winnow::spec

#endif  // SPEC_JSON_TABLE_H_
