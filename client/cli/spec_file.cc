#include "client/cli/spec_file.h"

#include <iostream>
#include <iterator>
#include <utility>

#include "base/durable_file.h"
#include "client/cli/output_format.h"
#include "spec/parse.h"
#include "spec/presets.h"
#include "spec/strict_json.h"

namespace winnow::cli {
namespace {

Result<std::string> ReadText(const std::filesystem::path& path) {
  // A byte more than the parser takes, so that it is the one to say what is too long.
  constexpr size_t kMost = spec::kLongestSpecBytes + 1;
  if (path != "-") {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
      return Err(InvalidArgument(path.string() + " is a folder, not a sweep spec"));
    }
    return ReadFile(path, kMost);
  }
  std::string text(std::istreambuf_iterator<char>(std::cin), {});
  if (text.size() > kMost) text.resize(kMost);
  return text;
}

}  // namespace

Result<SpecFile> ReadSpecFile(const std::filesystem::path& path) {
  SpecFile file;
  file.path = path == "-" ? "(standard input)" : path;
  WINNOW_ASSIGN_OR_RETURN(file.text, ReadText(path));
  auto parsed = spec::ParseSweepSpec(file.text);
  if (parsed) {
    file.spec = std::move(*parsed);
    return file;
  }
  for (const spec::SpecFault& fault : parsed.error()) {
    std::optional<TextPosition> position;
    if (!fault.pointer.empty()) position = FindPosition(file.text, fault.pointer);
    file.faults.push_back({fault, position});
  }
  return file;
}

std::string FaultLines(const SpecFile& file) {
  std::string lines;
  for (const PlacedFault& placed : file.faults) {
    if (!lines.empty()) lines += "\n";
    lines += file.path.string();
    if (placed.position) {
      lines += ":" + std::to_string(placed.position->line) + ":" + std::to_string(placed.position->column);
    }
    lines += ": " + (placed.fault.pointer.empty() ? "" : placed.fault.pointer + ": ") + placed.fault.message;
  }
  return lines;
}

Result<spec::SweepSpec> ValidSpec(const SpecFile& file) {
  if (file.spec) return *file.spec;
  return Err(InvalidArgument(FaultLines(file)));
}

std::string WithoutPreset(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("preset")) return text;
  spec::FaultList none;
  return JsonText(spec::ExpandPreset(json, none));
}

std::string WithPretrainedDigest(const std::string& text, const std::string& sha256) {
  OutputJson json = OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded() || !json.contains("model")) return text;
  json["model"]["pretrained"] = {{"sha256", sha256}};
  return JsonText(json);
}

std::string WithPriority(const std::string& text, int priority) {
  OutputJson json = OutputJson::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return text;
  json["priority"] = priority;
  return JsonText(json);
}

}  // namespace winnow::cli
