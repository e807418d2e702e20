// A sweep spec as a file on this machine: reading it, telling its faults with their lines, and making it ready to be
// submitted.
#ifndef CLIENT_CLI_SPEC_FILE_H_
#define CLIENT_CLI_SPEC_FILE_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/cli/json_position.h"
#include "spec/spec_fault.h"
#include "spec/sweep_spec.h"

namespace winnow::cli {

struct PlacedFault {
  spec::SpecFault fault;
  std::optional<TextPosition> position;  // none for a syntax error, whose message has it
};

struct SpecFile {
  std::filesystem::path path;
  std::string text;
  std::optional<spec::SweepSpec> spec;  // none where there are faults
  std::vector<PlacedFault> faults;
};

// Reads and parses; "-" is standard input. Faults are no error here. kNotFound and kPermissionDenied name the file.
Result<SpecFile> ReadSpecFile(const std::filesystem::path& path);

// "FILE:3:14: /training/epochs: expected ...", one line a fault.
std::string FaultLines(const SpecFile& file);

// The spec, or kInvalidArgument with FaultLines.
Result<spec::SweepSpec> ValidSpec(const SpecFile& file);

// The text of a spec without faults with its preset's members written out, so that it keeps its meaning when presets
// change; the text itself where it names none.
std::string WithoutPreset(const std::string& text);
// The text with model.pretrained replaced by {"sha256": `sha256`}; the rest keeps its order. `text` is a valid spec
// that has one.
std::string WithPretrainedDigest(const std::string& text, const std::string& sha256);
// The text with "priority" set.
std::string WithPriority(const std::string& text, int priority);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_SPEC_FILE_H_
