#include <map>

#include "client/cli/commands/commands.h"

namespace winnow::cli {

void AddFormatOption(CLI::App& command, OutputFormat& format) {
  static const std::map<std::string, OutputFormat> kFormats = {
      {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}};
  command.add_option("--format", format, "How to print: table (for people), json or csv (for programs)")
      ->transform(CLI::Transformer(kFormats, CLI::ignore_case).description(""))
      ->check([](const std::string& text) {
        // What is no name of a format is passed on by the transformer as it was.
        const bool known = text.size() == 1 && text[0] >= '0' && text[0] <= '2';
        return known ? std::string() : "\"" + text + "\" is no format: expected table, json or csv";
      })
      ->type_name("FORMAT")
      ->option_text("table|json|csv");
}

void SetExample(CLI::App& command, const std::string& lines) { command.footer("Example:\n" + lines); }

}  // namespace winnow::cli
