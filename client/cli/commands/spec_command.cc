#include <memory>

#include "client/cli/commands/commands.h"
#include "client/cli/number_text.h"
#include "client/cli/run_report.h"
#include "client/cli/spec_file.h"
#include "client/cli/text_table.h"
#include "spec/parse.h"

namespace winnow::cli {
namespace {

struct SpecCheckOptions {
  OutputFormat format = OutputFormat::kTable;
  std::string file;
  bool expand = false;
};

// Tile sizes x spatial rates x Winograd rates, of each method.
int64_t TrialCount(const spec::SweepSpec& spec) {
  const std::vector<const spec::WinogradPruning*> prunings = spec.WinogradPrunings();
  if (!spec.spatial && prunings.empty()) return 1;
  const size_t spatial = spec.spatial ? spec.spatial->rates.size() : 1;
  size_t count = prunings.empty() ? spec.tile_sizes.size() * spatial : 0;
  for (const spec::WinogradPruning* pruning : prunings) {
    count += spec.TileSizesOf(*pruning).size() * (pruning->start == spec::Start::kSpatial ? spatial : 1) *
             pruning->rates.size();
  }
  return static_cast<int64_t>(count);
}

OutputJson FaultsJson(const SpecFile& file) {
  OutputJson list = OutputJson::array();
  for (const PlacedFault& placed : file.faults) {
    list.push_back({{"pointer", placed.fault.pointer},
                    {"line", placed.position ? OutputJson(placed.position->line) : OutputJson(nullptr)},
                    {"column", placed.position ? OutputJson(placed.position->column) : OutputJson(nullptr)},
                    {"message", placed.fault.message}});
  }
  return list;
}

Result<ExitCode> RunSpecCheck(const SpecCheckOptions& options, const CommandContext& context) {
  WINNOW_ASSIGN_OR_RETURN(const SpecFile file, ReadSpecFile(options.file));
  const ExitCode code = file.faults.empty() ? kExitOk : kExitUsage;
  if (options.expand && code == kExitOk) {
    *context.out << JsonText(spec::ToJson(*file.spec));
    return kExitOk;
  }
  if (options.format == OutputFormat::kJson) {
    *context.out << JsonText(FaultsJson(file));
    return code;
  }
  if (options.format == OutputFormat::kCsv) {
    *context.out << CsvLine({"pointer", "line", "column", "message"});
    for (const PlacedFault& placed : file.faults) {
      *context.out << CsvLine({placed.fault.pointer, placed.position ? std::to_string(placed.position->line) : "",
                               placed.position ? std::to_string(placed.position->column) : "", placed.fault.message});
    }
    return code;
  }
  if (code != kExitOk) {
    *context.err << FaultLines(file) << "\n" << Count(static_cast<int64_t>(file.faults.size()), "fault") << "\n";
    return code;
  }
  *context.out << file.path.string() << ": no faults; " << Count(TrialCount(*file.spec), "trial") << ", "
               << SpecLine(*file.spec) << "\n";
  return kExitOk;
}

}  // namespace

void AddSpec(CLI::App& app, CommandContext& context) {
  CLI::App* group = app.add_subcommand("spec", "Check sweep specs");
  group->require_subcommand(1);
  SetExample(*group, "  winnow spec check sweep.json\n");
  CLI::App* check = group->add_subcommand("check", "Tell every fault of a sweep spec, with its place");
  const auto options = std::make_shared<SpecCheckOptions>();
  check->add_option("FILE", options->file, "The spec, JSON; - for standard input")->type_name("")->required();
  check->add_flag("--expand", options->expand,
                  "Print a spec without faults with its preset and all defaults written out");
  AddFormatOption(*check, options->format);
  SetExample(*check, "  winnow spec check sweep.json\n  winnow spec check sweep.json --expand\n");
  check->callback(
      [options, &context] { context.chosen = [options, &context] { return RunSpecCheck(*options, context); }; });
  CLI::App* schema = group->add_subcommand("schema", "Print the JSON schema of sweep specs, for editors");
  SetExample(*schema, "  winnow spec schema > sweep.schema.json\n");
  schema->callback([&context] {
    context.chosen = [&context]() -> Result<ExitCode> {
      *context.out << spec::JsonSchema();
      return kExitOk;
    };
  });
}

}  // namespace winnow::cli
