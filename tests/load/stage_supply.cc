#include "tests/load/stage_supply.h"

#include <utility>

#include "base/durable_file.h"
#include "client/lib/artifact_client.h"

namespace winnow::load {
namespace {

constexpr client::CallPolicy kPatient{std::chrono::seconds(120), std::chrono::seconds(120), nullptr};
// 2 * 32 * 32 trials: some 4000 stages a sweep, as many as a large real one has.
constexpr int kRates = 32;

}  // namespace

Result<std::unique_ptr<StageSupply>> StageSupply::Start(const LoadOptions& options) {
  std::unique_ptr<StageSupply> supply(new StageSupply(options));
  WINNOW_ASSIGN_OR_RETURN(supply->coordinator_, CoordinatorProcess::Start(options.data));
  WINNOW_ASSIGN_OR_RETURN(supply->data_digest_, testing::MakeDataSet(options.data / "data-sets"));
  client::ServerAddress address;
  address.target = supply->coordinator_->address();
  WINNOW_ASSIGN_OR_RETURN(supply->connection_, client::Connection::Open(address, SystemClock()));
  supply->client_ = std::make_unique<client::Client>(supply->connection_.get(), kPatient);
  WINNOW_RETURN_ERR_IF_ERROR(supply->UploadCheckpoint());
  return supply;
}

Status StageSupply::UploadCheckpoint() {
  const std::filesystem::path file = options_.data / "checkpoint.safetensors";
  WINNOW_RETURN_IF_ERROR(WriteFileDurably(file, "stands for every checkpoint"));
  client::ArtifactClient artifacts(connection_.get(), kPatient);
  WINNOW_ASSIGN_OR_RETURN_STATUS(const v1::Artifact artifact, artifacts.Upload(file));
  checkpoint_ = artifact.name();
  return OkStatus();
}

std::string StageSupply::SpecOf(int number, int spatial, int winograd) const {
  testing::SyntheticSweep sweep;
  sweep.name = "load-" + std::to_string(number);
  sweep.seed = static_cast<int>(options_.seed % 1000) * 1000000 + number;
  sweep.spatial = spatial;
  sweep.winograd = winograd;
  sweep.data_digest = data_digest_;
  return sweep.Spec();
}

Result<int> StageSupply::SubmitOne(int spatial, int winograd) {
  const std::string spec = SpecOf(++last_sweep_, spatial, winograd);
  WINNOW_ASSIGN_OR_RETURN(const v1::Sweep created, client_->CreateSweep(spec, false));
  submitted_ += created.stage_total();
  return created.stage_total();
}

Status StageSupply::Submit(int64_t stages) {
  while (submitted_ < stages) WINNOW_RETURN_IF_ERROR(StatusOf(SubmitOne(kRates, kRates)));
  return OkStatus();
}

}  // namespace winnow::load
