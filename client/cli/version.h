// The version of the programs, from the project() line of the top CMakeLists.txt.
#ifndef CLIENT_CLI_VERSION_H_
#define CLIENT_CLI_VERSION_H_

namespace winnow::cli {

inline constexpr const char* kVersion = WINNOW_VERSION;

}  // namespace winnow::cli

#endif  // CLIENT_CLI_VERSION_H_
