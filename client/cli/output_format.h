// The three forms in which commands print data.
#ifndef CLIENT_CLI_OUTPUT_FORMAT_H_
#define CLIENT_CLI_OUTPUT_FORMAT_H_

#include <nlohmann/json.hpp>
#include <string>

namespace winnow::cli {

enum class OutputFormat { kTable, kJson, kCsv };

// Members stay in the order in which they were added.
using OutputJson = nlohmann::ordered_json;

// Indented by two spaces, ended by a newline; bytes that are no UTF-8 are replaced.
inline std::string JsonText(const OutputJson& value) {
  return value.dump(2, ' ', false, OutputJson::error_handler_t::replace) + "\n";
}

}  // namespace winnow::cli

#endif  // CLIENT_CLI_OUTPUT_FORMAT_H_
