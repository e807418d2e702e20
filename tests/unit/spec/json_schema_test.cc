#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/unit/spec/example_spec.h"

namespace winnow::spec {
namespace {

TEST(JsonSchema, IsTheTextInDocs) {
  std::ifstream file(WINNOW_SOURCE_FOLDER "/docs/sweep.schema.json");
  ASSERT_TRUE(file);
  std::ostringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), JsonSchema()) << "regenerate it: winnow_spec_schema > docs/sweep.schema.json";
}

// Every member that a full spec has is in the schema, object by object.
void ExpectMembers(const Json& schema, const Json& value, const std::string& at) {
  if (!value.is_object() || !schema.contains("properties")) return;
  EXPECT_EQ(schema.at("additionalProperties"), false) << at;
  for (const auto& [name, content] : value.items()) {
    ASSERT_TRUE(schema["properties"].contains(name)) << at << "/" << name;
    ExpectMembers(schema["properties"][name], content, at + "/" + name);
  }
}

TEST(JsonSchema, KnowsEveryMember) {
  const Json schema = Json::parse(JsonSchema());
  ExpectMembers(schema, Json::parse(kFullSpec), "");
  EXPECT_EQ(schema["required"], Json::array({"name"}));
  EXPECT_EQ(schema["anyOf"], Json::parse(R"([{"required": ["model", "data"]}, {"required": ["preset"]}])"));
}

// Defaults in the schema are what the parser fills in.
void ExpectDefaults(const Json& schema, const Json& normalised, const std::string& at) {
  if (!schema.contains("properties")) return;
  for (const auto& [name, member] : schema["properties"].items()) {
    if (member.contains("default")) {
      ASSERT_TRUE(normalised.contains(name)) << at << "/" << name;
      EXPECT_EQ(normalised[name], member["default"]) << at << "/" << name;
    }
    if (normalised.contains(name)) ExpectDefaults(member, normalised[name], at + "/" + name);
  }
}

TEST(JsonSchema, NamesTheDefaultsOfTheParser) {
  const std::string spec = With(kSmallestSpec, "/winograd", R"({"rates": [0.5]})");
  ExpectDefaults(Json::parse(JsonSchema()), ToJson(MustParse(spec)), "");
}

}  // namespace
}  // namespace winnow::spec
