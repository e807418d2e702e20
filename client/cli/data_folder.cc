#include "client/cli/data_folder.h"

#include <sys/un.h>

#include "client/cli/environment.h"

namespace winnow::cli {

DataFolderEnvironment DataFolderEnvironment::FromProcess() {
  return {EnvironmentVariable("WINNOW_DATA"), EnvironmentVariable("XDG_DATA_HOME"), EnvironmentVariable("HOME")};
}

Result<std::filesystem::path> ResolveDataFolder(const std::string& flag, const DataFolderEnvironment& environment) {
  std::filesystem::path folder;
  if (!flag.empty()) {
    folder = flag;
  } else if (!environment.winnow_data.empty()) {
    folder = environment.winnow_data;
  } else if (environment.xdg_data_home.starts_with('/')) {
    // The XDG specification has relative paths ignored.
    folder = std::filesystem::path(environment.xdg_data_home) / "winnow";
  } else if (!environment.home.empty()) {
    folder = std::filesystem::path(environment.home) / ".local/share/winnow";
  } else {
    return Err(InvalidArgument("no data folder: HOME is not set; give one with --data DIR or WINNOW_DATA"));
  }
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(folder, error).lexically_normal();
  if (error) return Err(InvalidArgument("cannot use the data folder " + folder.string() + ": " + error.message()));
  if (SocketPath(absolute).string().size() >= sizeof(sockaddr_un{}.sun_path)) {
    return Err(InvalidArgument("the data folder's path is too long for a socket in it (at most " +
                               std::to_string(sizeof(sockaddr_un{}.sun_path) - sizeof("/winnowd.sock")) +
                               " bytes): " + absolute.string() + "; choose a shorter one with --data DIR"));
  }
  return absolute;
}

std::filesystem::path SocketPath(const std::filesystem::path& data_folder) { return data_folder / "winnowd.sock"; }

std::string SocketAddress(const std::filesystem::path& data_folder) {
  return "unix:" + SocketPath(data_folder).string();
}

}  // namespace winnow::cli
