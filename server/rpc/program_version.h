// The release, as --version and GetServer say it.
#ifndef SERVER_RPC_PROGRAM_VERSION_H_
#define SERVER_RPC_PROGRAM_VERSION_H_

namespace winnow::server {

inline constexpr char kProgramVersion[] = WINNOW_VERSION;  // of CMakeLists.txt

}  // namespace winnow::server

#endif  // SERVER_RPC_PROGRAM_VERSION_H_
