// The variables of the process.
#ifndef CLIENT_CLI_ENVIRONMENT_H_
#define CLIENT_CLI_ENVIRONMENT_H_

#include <cstdlib>
#include <string>

namespace winnow::cli {

// "" where it is not set.
inline std::string EnvironmentVariable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

}  // namespace winnow::cli

#endif  // CLIENT_CLI_ENVIRONMENT_H_
