#include "worker/bench/machine_fingerprint.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <map>

#ifdef WINNOW_WITH_OPENSSL
#include "base/sha256.h"
#endif

namespace winnow::worker {
namespace {

std::string TrimmedText(const std::string& text) {
  const size_t begin = text.find_first_not_of(" \t\"\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\"\n") - begin + 1);
}

// "KEY<separator>VALUE" lines up to the first empty one: of cpuinfo that is the first processor.
std::map<std::string, std::string> FirstBlock(const std::filesystem::path& path, char separator) {
  std::map<std::string, std::string> values;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line) && !line.empty();) {
    const size_t at = line.find(separator);
    if (at != std::string::npos) values.emplace(TrimmedText(line.substr(0, at)), TrimmedText(line.substr(at + 1)));
  }
  return values;
}

int64_t Number(const std::string& text) {
  int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string FirstLine(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return TrimmedText(line);
}

// "32K", "1024K", "16M".
int64_t CacheBytes(const std::string& size) {
  const int64_t value = Number(size);
  if (size.ends_with('K')) return value * 1024;
  if (size.ends_with('M')) return value * 1024 * 1024;
  return value;
}

void ReadCaches(const std::filesystem::path& cpu_folder, MachineFingerprint& machine) {
  for (int index = 0; index < 8; ++index) {
    const std::filesystem::path cache = cpu_folder / "cpu0/cache" / ("index" + std::to_string(index));
    const std::string level = FirstLine(cache / "level");
    if (level.empty() || FirstLine(cache / "type") == "Instruction") continue;
    const int64_t bytes = CacheBytes(FirstLine(cache / "size"));
    if (level == "1") machine.l1d_bytes = bytes;
    if (level == "2") machine.l2_bytes = bytes;
    if (level == "3") machine.l3_bytes = bytes;
  }
}

// "0-3,8" is five.
int64_t CountOfList(const std::string& list) {
  int64_t count = 0;
  size_t at = 0;
  while (at < list.size()) {
    const size_t comma = std::min(list.find(',', at), list.size());
    const std::string part = list.substr(at, comma - at);
    const size_t dash = part.find('-');
    count += dash == std::string::npos ? 1 : Number(part.substr(dash + 1)) - Number(part.substr(0, dash)) + 1;
    at = comma + 1;
  }
  return count;
}

}  // namespace

Json MachineFingerprint::ToJson() const {
  Json json = {{"cpu", cpu},           {"family", family}, {"model", model},         {"stepping", stepping},
               {"cores", cores},       {"isa", isa},       {"l1d_bytes", l1d_bytes}, {"l2_bytes", l2_bytes},
               {"l3_bytes", l3_bytes}, {"onednn", onednn}, {"libtorch", libtorch},   {"os", os}};
  // Integers and strings only, ordered by name: nlohmann's compact form is the canonical one.
#ifdef WINNOW_WITH_OPENSSL
  json["digest"] = Sha256Hex(DumpJson(json));
#else
  json["digest"] = "";
#endif
  return json;
}

MachineFingerprint ReadMachine(const MachineFiles& files) {
  MachineFingerprint machine;
  std::map<std::string, std::string> cpu = FirstBlock(files.cpuinfo, ':');
  machine.cpu = cpu.contains("model name") ? cpu["model name"] : "unknown";
  machine.family = Number(cpu["cpu family"]);
  machine.model = Number(cpu["model"]);
  machine.stepping = Number(cpu["stepping"]);
  machine.cores = CountOfList(FirstLine(files.cpu_folder / "online"));
  if (machine.cores == 0) machine.cores = ::sysconf(_SC_NPROCESSORS_ONLN);
  ReadCaches(files.cpu_folder, machine);
  std::map<std::string, std::string> os = FirstBlock(files.os_release, '=');
  machine.os = os.contains("ID") ? TrimmedText(os["ID"] + " " + os["VERSION_ID"]) : "unknown";
  return machine;
}

}  // namespace winnow::worker
