// The database's layout, as numbered SQL files in server/store/schema: file n leads from version n - 1 to version n.
#ifndef SERVER_STORE_SCHEMA_H_
#define SERVER_STORE_SCHEMA_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace winnow::server {

struct SchemaFile {
  std::string_view name;
  std::string_view sql;
};

// In order. Embedded when building.
const std::vector<SchemaFile>& SchemaFiles();

// SQLite's application_id of our databases: "WNOW".
inline constexpr int32_t kApplicationId = 0x574E4F57;

}  // namespace winnow::server

#endif  // SERVER_STORE_SCHEMA_H_
