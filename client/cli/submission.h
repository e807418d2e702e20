// From a spec file to a sweep at a coordinator.
#ifndef CLIENT_CLI_SUBMISSION_H_
#define CLIENT_CLI_SUBMISSION_H_

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/cli/coordinator.h"
#include "client/cli/pretrained_file.h"
#include "client/cli/spec_file.h"

namespace winnow::cli {

// Ready to be sent: faultless, the pretrained file found.
struct Submission {
  spec::SweepSpec spec;
  std::string spec_json;  // with the pretrained file's digest in place of its path
  std::optional<FoundFile> pretrained;
};

// Reads, checks, finds. `priority` takes the place of the spec's.
Result<Submission> PrepareSubmission(const std::filesystem::path& spec_path,
                                     const std::vector<std::filesystem::path>& data_roots, std::optional<int> priority);

// Uploads the pretrained file, where there is one and the coordinator lacks it, and creates the sweep.
// The user is the one who runs this program.
Result<v1::CreateSweepResponse> Submit(Coordinator& coordinator, const Submission& submission, bool validate_only);

// "4 trials as in sweeps/x: reused 2, ...", or "" where there is nothing to compare with.
std::string ComparisonText(const v1::SweepComparison& comparison);

// A sweep of the very same spec that is still running (its `winnow run` was interrupted); none where there is none.
Result<std::optional<v1::Sweep>> FindUnfinished(Coordinator& coordinator, const Submission& submission);

// Where local workers look for data: `given`, then /usr/share/datasets where `with_default`; those that exist.
// kNotFound for a given one that does not.
Result<std::vector<std::filesystem::path>> DataRoots(const std::vector<std::string>& given, bool with_default);

}  // namespace winnow::cli

#endif  // CLIENT_CLI_SUBMISSION_H_
