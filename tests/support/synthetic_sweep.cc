#include "tests/support/synthetic_sweep.h"

#include <vector>

#include "base/durable_file.h"
#include "base/json.h"
#include "spec/data_digest.h"
#include "spec/data_set.h"

namespace winnow::testing {
namespace {

constexpr char kDataSet[] = "fashion-mnist";

Json Rates(int count, double above) {
  Json rates = Json::array();
  for (int i = 0; i < count; ++i) rates.push_back({{"rate", above + (i + 1) / 1000.0}, {"from", "dense"}});
  return rates;
}

}  // namespace

Result<std::string> MakeDataSet(const std::filesystem::path& root) {
  WINNOW_ASSIGN_OR_RETURN(const spec::DataSet data_set, spec::FindDataSet(kDataSet));
  std::vector<std::string> names = data_set.train_files;
  names.insert(names.end(), data_set.test_files.begin(), data_set.test_files.end());
  WINNOW_RETURN_ERR_IF_ERROR(MakeFolder(root / kDataSet));
  for (const std::string& name : names) {
    WINNOW_RETURN_ERR_IF_ERROR(WriteFileDurably(root / kDataSet / name, "stands for " + name));
  }
  return spec::DataDigest(root / kDataSet, names);
}

std::string SyntheticSweep::Spec() const {
  return DumpJson({{"name", name},
                   {"model", {{"name", "lenet-5-3x3"}}},
                   {"data", {{"name", kDataSet}, {"digest", data_digest}}},
                   {"training", {{"epochs", 1}, {"seed", seed}}},
                   {"spatial", {{"rates", Rates(spatial, 0.0)}}},
                   {"winograd", {{"rates", Rates(winograd, 0.5)}}},
                   {"tile_sizes", {2, 4}},
                   {"benchmark", {{"enabled", false}}},
                   {"resources", {{"threads", 1}, {"memory_mib", 64}}},
                   {"retries", {{"max_attempts", 100}}}});
}

}  // namespace winnow::testing
