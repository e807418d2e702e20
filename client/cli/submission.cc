#include "client/cli/submission.h"

#include <pwd.h>
#include <unistd.h>

#include <cctype>
#include <system_error>
#include <utility>

#include "client/cli/resource_name.h"
#include "spec/sweep_spec.h"

namespace winnow::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDefaultDataRoot = "/usr/share/datasets";
constexpr int kTrialsShown = 5;

// As the coordinator takes it: other characters are left out.
std::string UserName() {
  const passwd* const entry = ::getpwuid(::geteuid());
  std::string name = entry == nullptr ? "" : entry->pw_name;
  std::erase_if(name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '_' && c != '-'; });
  return name.substr(0, 63);
}

}  // namespace

Result<Submission> PrepareSubmission(const fs::path& spec_path, const std::vector<fs::path>& data_roots,
                                     std::optional<int> priority) {
  WINNOW_ASSIGN_OR_RETURN(const SpecFile file, ReadSpecFile(spec_path));
  Submission submission;
  WINNOW_ASSIGN_OR_RETURN(submission.spec, ValidSpec(file));
  submission.spec_json = WithoutPreset(file.text);
  const auto& pretrained = submission.spec.model.pretrained;
  if (pretrained && !pretrained->path.empty()) {
    std::error_code ignored;
    const fs::path spec_folder =
        spec_path == "-" ? fs::current_path(ignored) : fs::absolute(spec_path, ignored).parent_path();
    WINNOW_ASSIGN_OR_RETURN(FoundFile found,
                            FindPretrainedFile(*pretrained, {spec_folder, fs::current_path(ignored), data_roots}));
    submission.spec_json = WithPretrainedDigest(submission.spec_json, found.sha256);
    submission.pretrained = std::move(found);
  }
  if (priority) {
    submission.spec.priority = *priority;
    submission.spec_json = WithPriority(submission.spec_json, *priority);
  }
  return submission;
}

Result<v1::CreateSweepResponse> Submit(Coordinator& coordinator, const Submission& submission, bool validate_only) {
  if (submission.pretrained) {
    WINNOW_RETURN_ERR_IF_ERROR(StatusOf(coordinator.UploadArtifact(submission.pretrained->path))
                                   .WithContext("uploading " + submission.pretrained->path.string()));
  }
  return coordinator.CreateSweep(submission.spec_json, UserName(), validate_only);
}

std::string ComparisonText(const v1::SweepComparison& comparison) {
  if (comparison.earlier().empty()) return "";
  const auto part = [](const char* what, const google::protobuf::RepeatedPtrField<std::string>& trials) {
    if (trials.empty()) return std::string();
    std::string text = std::string("\n  ") + what + ": " + std::to_string(trials.size());
    for (int i = 0; i < trials.size() && i < kTrialsShown; ++i) text += (i == 0 ? " (" : ", ") + trials[i];
    return text + (trials.size() > kTrialsShown ? ", ...)" : ")");
  };
  return "compared with " + ShownName(comparison.earlier()) + ":" + part("reused", comparison.reused_trials()) +
         part("unfinished there", comparison.unfinished_trials()) + part("new", comparison.new_trials()) +
         part("conflicting, the same name for other stages", comparison.conflicting_trials());
}

Result<std::optional<v1::Sweep>> FindUnfinished(Coordinator& coordinator, const Submission& submission) {
  WINNOW_ASSIGN_OR_RETURN(const std::vector<v1::Sweep> sweeps, coordinator.ListSweeps(1000));
  for (const v1::Sweep& sweep : sweeps) {
    if (sweep.state() != v1::SWEEP_STATE_RUNNING) continue;
    if (!ShownName(sweep.name()).starts_with(submission.spec.name)) continue;
    // Lists leave the spec out.
    WINNOW_ASSIGN_OR_RETURN(v1::Sweep whole, coordinator.GetSweep(sweep.name()));
    if (whole.spec_json() == submission.spec_json) return std::optional(std::move(whole));
  }
  return std::optional<v1::Sweep>();
}

Result<std::vector<fs::path>> DataRoots(const std::vector<std::string>& given, bool with_default) {
  std::vector<fs::path> roots;
  std::error_code error;
  for (const std::string& root : given) {
    if (!fs::is_directory(root, error)) {
      return Err(NotFound("--data-root " + root + ": there is no such folder; give one that holds data sets"));
    }
    roots.push_back(fs::absolute(root, error).lexically_normal());
  }
  if (with_default && fs::is_directory(kDefaultDataRoot, error)) roots.emplace_back(kDefaultDataRoot);
  return roots;
}

}  // namespace winnow::cli
