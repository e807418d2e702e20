// Where a command without --server keeps database, artifacts, socket and logs.
#ifndef CLIENT_CLI_DATA_FOLDER_H_
#define CLIENT_CLI_DATA_FOLDER_H_

#include <filesystem>
#include <string>

#include "base/result.h"

namespace winnow::cli {

// The variables that matter, so that tests can set them.
struct DataFolderEnvironment {
  std::string winnow_data, xdg_data_home, home;

  static DataFolderEnvironment FromProcess();
};

// The first that is set of: `flag` (--data), $WINNOW_DATA, $XDG_DATA_HOME/winnow, ~/.local/share/winnow; absolute.
// kInvalidArgument where none is, or where the path is too long for a socket in it.
Result<std::filesystem::path> ResolveDataFolder(const std::string& flag, const DataFolderEnvironment& environment);

// The coordinator's socket in the folder, and its address as client/lib takes it.
std::filesystem::path SocketPath(const std::filesystem::path& data_folder);
std::string SocketAddress(const std::filesystem::path& data_folder);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_DATA_FOLDER_H_
