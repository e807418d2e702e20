#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>

#include "client/cli/commands/commands.h"
#include "client/cli/text_table.h"
#include "spec/data_digest.h"
#include "spec/data_set.h"
#include "spec/image_files.h"
#include "spec/packed_file.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

struct DataDigestOptions {
  OutputFormat format = OutputFormat::kTable;
  std::string folder, data_set;
};

// A data set of the catalogue whose files lie in the folder, in one named like it there, or where the catalogue says
// below these.
struct FoundSet {
  std::string name;
  fs::path folder;
  std::vector<std::string> files;
  std::string published;  // digest, "" where nobody knows it
};

std::vector<std::string> AllFiles(const spec::DataSet& set) {
  std::vector<std::string> files = set.train_files;
  files.insert(files.end(), set.test_files.begin(), set.test_files.end());
  return files;
}

std::vector<FoundSet> FindSets(const fs::path& folder, const std::string& wanted) {
  std::vector<FoundSet> found;
  for (const spec::DataSet& set : spec::DataSets()) {
    if (!wanted.empty() && set.name != wanted) continue;
    std::vector<std::string> places = set.folders;
    if (std::find(places.begin(), places.end(), "") == places.end()) places.insert(places.begin(), "");
    for (size_t i = 0, given = places.size(); i < given; ++i)
      places.push_back((fs::path(set.name) / places[i]).string());
    const std::vector<std::string> files = AllFiles(set);
    for (const std::string& place : places) {
      const bool whole = std::all_of(files.begin(), files.end(), [&](const std::string& file) {
        return spec::FindPackedFile(folder / place / file).has_value();
      });
      if (!whole) continue;
      found.push_back({set.name, (folder / place / "").parent_path(), files, set.digest});
      break;
    }
  }
  return found;
}

// The folder itself, or one of that name in it, where it holds images by class.
Status FindImages(const fs::path& folder, const std::string& wanted, std::vector<FoundSet>& found) {
  const std::string name(spec::kImageFolder);
  if (!wanted.empty() && wanted != name) return OkStatus();
  for (const fs::path& place : {folder, folder / name}) {
    const bool asked_for = wanted == name && place == folder && !spec::IsImageFolder(folder / name);
    if (!spec::IsImageFolder(place) && !asked_for) continue;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const spec::ImageFolderFiles files, spec::ListImageFolder(place));
    found.push_back({name, (place / "").parent_path(), spec::AllPaths(files), ""});
    break;
  }
  return OkStatus();
}

Status NothingFound(const fs::path& folder, const std::string& wanted) {
  std::string expected;
  for (const spec::DataSet& set : spec::DataSets()) {
    if (!wanted.empty() && set.name != wanted) continue;
    expected += "\n  " + set.name + ":";
    for (const std::string& file : AllFiles(set)) expected += " " + file;
  }
  return NotFound("no data set lies in " + folder.string() + "; these files were looked for, each plain or as .gz:" +
                  expected + "\nor a folder of images: train/CLASS/FILE and val/CLASS/FILE");
}

Result<ExitCode> RunDataDigest(const DataDigestOptions& options, const CommandContext& context) {
  std::error_code error;
  if (!fs::is_directory(options.folder, error)) {
    return Err(NotFound(options.folder + ": there is no such folder"));
  }
  if (!options.data_set.empty() && options.data_set != spec::kImageFolder) {
    WINNOW_RETURN_ERR_IF_ERROR(StatusOf(spec::FindDataSet(options.data_set)));
  }
  std::vector<FoundSet> found = FindSets(options.folder, options.data_set);
  WINNOW_RETURN_ERR_IF_ERROR(FindImages(options.folder, options.data_set, found));
  if (found.empty()) return Err(NothingFound(options.folder, options.data_set));
  OutputJson list = OutputJson::array();
  std::string csv = CsvLine({"data_set", "digest", "published", "folder"});
  TextTable table({{"data set"}, {"digest"}, {"published"}, {"folder", Align::kLeft, true}});
  for (const FoundSet& entry : found) {
    WINNOW_ASSIGN_OR_RETURN(const std::string digest, spec::DataDigest(entry.folder, entry.files));
    // Whether these are the published files can only be told where Winnow knows the digest of those.
    const bool known = !entry.published.empty(), published = digest == entry.published;
    list.push_back({{"data_set", entry.name},
                    {"digest", digest},
                    {"published", known ? OutputJson(published) : OutputJson()},
                    {"folder", entry.folder.string()}});
    csv += CsvLine({entry.name, digest, !known ? "" : published ? "true" : "false", entry.folder.string()});
    table.AddRow({entry.name, digest, !known ? "not known" : published ? "yes" : "no", entry.folder.string()});
  }
  switch (options.format) {
    case OutputFormat::kJson:
      *context.out << JsonText(list);
      break;
    case OutputFormat::kCsv:
      *context.out << csv;
      break;
    case OutputFormat::kTable:
      *context.out << table.Render(context.out_terminal());
  }
  return kExitOk;
}

}  // namespace

void AddData(CLI::App& app, CommandContext& context) {
  CLI::App* group = app.add_subcommand("data", "Look at data sets on this machine");
  group->require_subcommand(1);
  SetExample(*group, "  winnow data digest /usr/share/datasets/fashion-mnist\n");
  CLI::App* command =
      group->add_subcommand("digest", "Print the digest of the data set in a folder, for a spec's data.digest");
  const auto options = std::make_shared<DataDigestOptions>();
  command->add_option("DIR", options->folder, "Folder with the data set's files, plain or .gz")
      ->type_name("")
      ->required();
  command->add_option("--data-set", options->data_set, "Look for this one only")->type_name("NAME");
  AddFormatOption(*command, options->format);
  SetExample(*command, "  winnow data digest /usr/share/datasets/fashion-mnist\n");
  command->callback(
      [options, &context] { context.chosen = [options, &context] { return RunDataDigest(*options, context); }; });
}

}  // namespace winnow::cli
