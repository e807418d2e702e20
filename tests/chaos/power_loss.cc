#include "tests/chaos/power_loss.h"

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/sha256.h"
#include "server/coordinator/coordinator.h"
#include "server/store/sqlite_store.h"
#include "spec/data_set.h"
#include "tests/chaos/awaited.h"
#include "tests/chaos/power_loss_disk.h"
#include "tests/support/synthetic_sweep.h"

namespace winnow::chaos {
namespace {

using server::StoreReader;

// Something the coordinator has acknowledged: what must hold on every image from then on.
struct Promise {
  std::string text;
  std::function<Result<bool>(const StoreReader&)> holds;
};

// SQLite's own view of the file; "" where it is whole.
std::string FaultOfDatabase(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  std::string fault;
  if (sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr) != SQLITE_OK) fault = "cannot be opened";
  for (const char* const pragma : {"PRAGMA integrity_check", "PRAGMA foreign_key_check"}) {
    sqlite3_stmt* statement = nullptr;
    if (!fault.empty() || sqlite3_prepare_v2(database, pragma, -1, &statement, nullptr) != SQLITE_OK) break;
    while (sqlite3_step(statement) == SQLITE_ROW) {
      const std::string row = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
      if (row != "ok") fault += std::string(pragma) + ": " + row + "; ";
    }
    sqlite3_finalize(statement);
  }
  sqlite3_close(database);
  return fault;
}

// Every artifact that a stage links or resumes from can be read.
Status CheckArtifacts(server::Store& store, const server::ArtifactStore& artifacts) {
  std::vector<std::string> named;
  WINNOW_RETURN_IF_ERROR(store.Read([&](const StoreReader& reader) -> Status {
    return reader.ForEachArtifact([&](server::Artifact artifact) {
      named.push_back(artifact.digest);
      return OkStatus();
    });
  }));
  for (const std::string& digest : named) WINNOW_RETURN_IF_ERROR(artifacts.Check(digest));
  return OkStatus();
}

class ImageChecker {
 public:
  ImageChecker(std::filesystem::path folder, Report* report) : folder_(std::move(folder)), report_(report) {}

  void Check(const PowerLossDisk& disk, const std::vector<Promise>& promises, std::mt19937_64* random) {
    const std::filesystem::path image = folder_ / "image";
    std::error_code ignored;
    std::filesystem::remove_all(image, ignored);
    std::filesystem::create_directories(image);
    if (const Status written = disk.WriteImage(image, random); !written.ok()) {
      return Find(FindingKind::kBroken, written.ToString());
    }
    if (!std::filesystem::exists(image / "winnow.db")) {
      if (!promises.empty()) Find(FindingKind::kLost, "the database is gone");
      return;
    }
    if (const std::string fault = FaultOfDatabase(image / "winnow.db"); !fault.empty()) {
      return Find(FindingKind::kBroken, fault);
    }
    server::SqliteStoreOptions options;
    options.folder = image;
    options.read_connections = 1;
    const auto store = server::SqliteStore::Open(options, SystemClock());
    if (!store) return Find(FindingKind::kBroken, store.error().ToString());
    const auto artifacts = server::ArtifactStore::Open(image, SystemClock());
    if (!artifacts) return Find(FindingKind::kBroken, artifacts.error().ToString());
    CheckPromises(**store, promises);
    if (const Status status = CheckArtifacts(**store, **artifacts); !status.ok()) {
      Find(FindingKind::kLost, status.ToString());
    }
  }

 private:
  void CheckPromises(server::Store& store, const std::vector<Promise>& promises) {
    const Status read = store.Read([&](const StoreReader& reader) {
      for (const Promise& promise : promises) {
        const Result<bool> holds = promise.holds(reader);
        ++checks_;
        if (!holds || !*holds) {
          Find(FindingKind::kLost, promise.text + (holds ? "" : ": " + holds.error().ToString()));
        }
      }
      return OkStatus();
    });
    if (!read.ok()) Find(FindingKind::kBroken, read.ToString());
    report_->extra["checked_writes"] = checks_;
  }

  void Find(FindingKind kind, const std::string& text) {
    report_->findings.push_back({kind, "moment " + std::to_string(report_->kills) + ": " + text});
  }

  const std::filesystem::path folder_;
  Report* const report_;
  int64_t checks_ = 0;
};

// The coordinator under test, and the script.
class ScriptedRun {
 public:
  ScriptedRun(const PowerLossOptions& options, Report* report)
      : options_(options),
        report_(report),
        live_(options.folder / "live"),
        disk_(live_),
        checker_(options.folder, report),
        random_(options.seed) {}

  Status Run() {
    WINNOW_RETURN_IF_ERROR(Start());
    const Status status = Script();
    coordinator_->Stop();
    coordinator_->Drain();
    store_.reset();  // its last checkpoint is watched, too
    file_watch = nullptr;
    coordinator_.reset();
    return status;
  }

 private:
  using MaybeLease = server::WorkerDesk::MaybeLease;

  Status Start() {
    std::filesystem::create_directories(live_);
    disk_.OnSync([this] { TakeImages(); });
    file_watch = &disk_;
    server::SqliteStoreOptions options;
    options.folder = live_;
    options.vfs = PowerLossVfs(&disk_);
    options.checkpoint_pages = 20;  // often, so that it is cut off too
    WINNOW_ASSIGN_OR_RETURN_STATUS(store_, server::SqliteStore::Open(options, SystemClock()));
    WINNOW_ASSIGN_OR_RETURN_STATUS(artifacts_, server::ArtifactStore::Open(live_, SystemClock()));
    WINNOW_ASSIGN_OR_RETURN_STATUS(logs_, server::AttemptLogs::Open(live_));
    server::CoordinatorOptions coordinator;
    coordinator.lease_ttl = std::chrono::hours(1);
    coordinator.io_threads = 1;
    coordinator_ =
        std::make_unique<server::Coordinator>(store_.get(), artifacts_.get(), logs_.get(), SystemClock(), coordinator);
    return coordinator_->Start();
  }

  // Under the disk's lock.
  void TakeImages() {
    std::vector<Promise> promises;
    {
      std::lock_guard lock(mutex_);
      promises = promises_;
    }
    ++report_->kills;
    checker_.Check(disk_, promises, nullptr);
    checker_.Check(disk_, promises, &random_);
  }

  void MustHold(std::string text, std::function<Result<bool>(const StoreReader&)> holds) {
    ++report_->operations;
    std::lock_guard lock(mutex_);
    promises_.push_back({std::move(text), std::move(holds)});
  }

  Status Script() {
    server::WorkerRecord worker;
    worker.id = "w";
    worker.instance = "w-instance";
    worker.host_id = "h";
    worker.threads = 64;
    worker.memory_bytes = int64_t{1} << 40;
    for (const spec::StageKind kind : spec::kStageKinds) worker.stage_versions[kind] = spec::StageKindVersion(kind);
    worker.data_sets = {{"fashion-mnist", spec::FindDataSet("fashion-mnist")->digest}};
    Awaited<server::WorkerRecord> registered;
    coordinator_->workers().Register(worker, registered.done());
    WINNOW_RETURN_IF_ERROR(StatusOf(registered.Get()));
    MustHold("the worker is known", [](const StoreReader& reader) -> Result<bool> {
      WINNOW_ASSIGN_OR_RETURN(const auto found, reader.FindWorker("w"));
      return found.has_value();
    });
    WINNOW_RETURN_IF_ERROR(Submit("kept", 1));
    WINNOW_RETURN_IF_ERROR(Submit("cancelled", 2));
    for (int i = 0;; ++i) {
      if (i == 5) WINNOW_RETURN_IF_ERROR(Cancel("cancelled"));
      WINNOW_ASSIGN_OR_RETURN_STATUS(const MaybeLease granted, Acquire());
      if (!granted) break;
      WINNOW_RETURN_IF_ERROR(Attempt(*granted, i));
    }
    return OkStatus();
  }

  Status Submit(const std::string& name, int seed) {
    Awaited<server::CreatedSweep> answer;
    const testing::SyntheticSweep synthetic{.name = name,
                                            .seed = seed,
                                            .spatial = options_.trials / 2,
                                            .winograd = 1,
                                            .data_digest = spec::FindDataSet("fashion-mnist")->digest};
    coordinator_->sweeps().Create({NewUuid(), synthetic.Spec(), false, "somebody"}, answer.done());
    WINNOW_ASSIGN_OR_RETURN_STATUS(const server::CreatedSweep created, answer.Get());
    const server::SweepView& view = created.view;
    report_->trials += view.sweep.trial_count;
    MustHold("sweep " + name,
             [name, stages = view.sweep.stage_total,
              trials = view.sweep.trial_count](const StoreReader& reader) -> Result<bool> {
               WINNOW_ASSIGN_OR_RETURN(const server::Sweep sweep, reader.GetSweep(name));
               WINNOW_ASSIGN_OR_RETURN(const auto page, reader.ListTrials(name, {1000, ""}));
               return sweep.stage_counts.total() == stages && static_cast<int>(page.items.size()) == trials;
             });
    return OkStatus();
  }

  Status Cancel(const std::string& name) {
    Awaited<server::SweepView> answer;
    coordinator_->sweeps().Cancel(NewUuid(), name, answer.done());
    WINNOW_RETURN_IF_ERROR(StatusOf(answer.Get()));
    MustHold("the cancel of " + name, [name](const StoreReader& reader) -> Result<bool> {
      WINNOW_ASSIGN_OR_RETURN(const server::Sweep sweep, reader.GetSweep(name));
      return sweep.state == server::SweepState::kCancelled || sweep.state == server::SweepState::kCancelling;
    });
    return OkStatus();
  }

  Result<MaybeLease> Acquire() {
    Awaited<MaybeLease> answer;
    coordinator_->workers().Acquire({NewUuid(), "w", "w-instance", 64, int64_t{1} << 40, Duration::zero()},
                                    answer.done());
    Result<MaybeLease> granted = answer.Get();
    if (!granted || !*granted) return granted;
    const server::Lease lease = (*granted)->lease;
    MustHold("lease " + lease.token, [lease](const StoreReader& reader) -> Result<bool> {
      WINNOW_ASSIGN_OR_RETURN(const auto attempt, reader.FindAttempt(lease.stage, lease.attempt));
      WINNOW_ASSIGN_OR_RETURN(const server::Stage stage, reader.GetStage(lease.stage));
      return attempt.has_value() && stage.attempt >= lease.attempt;
    });
    return granted;
  }

  Result<std::string> Upload(const std::string& bytes) {
    const std::string digest = Sha256Hex(bytes);
    const auto size = static_cast<int64_t>(bytes.size());
    Awaited<std::shared_ptr<server::ArtifactWriter>> started;
    coordinator_->artifacts().StartWrite(digest, size, started.done());
    WINNOW_ASSIGN_OR_RETURN(const std::shared_ptr<server::ArtifactWriter> writer, started.Get());
    Awaited<bool> appended;
    coordinator_->artifacts().Append(writer, bytes, appended.done());
    WINNOW_RETURN_ERR_IF_ERROR(StatusOf(appended.Get()));
    Awaited<server::Artifact> finished;
    coordinator_->artifacts().Finish(writer, digest, size, finished.done());
    WINNOW_RETURN_ERR_IF_ERROR(StatusOf(finished.Get()));
    return digest;
  }

  // A resume point and a measurement, then an end that follows from `i`: now and then a failure or a return.
  Status Attempt(const server::GrantedLease& granted, int i) {
    const server::Lease& lease = granted.lease;
    WINNOW_ASSIGN_OR_RETURN_STATUS(const std::string resume,
                                   Upload("resume point of " + lease.stage + std::string(5000, 'r')));
    Awaited<bool> reported;
    server::ReportCommand report;
    report.token = lease.token;
    report.report.measurements = {{"loss", 1, 0.5}};
    report.report.resume = server::ResumePoint{resume, 1};
    coordinator_->workers().Report(std::move(report), reported.done());
    WINNOW_RETURN_IF_ERROR(StatusOf(reported.Get()));
    MustHold("the measurement of " + lease.stage, [key = lease.stage](const StoreReader& reader) -> Result<bool> {
      WINNOW_ASSIGN_OR_RETURN(const auto page, reader.ListMeasurements(key, {10, ""}));
      return page.items.size() == 1 && page.items[0].value == 0.5;
    });
    server::CompleteCommand complete;
    complete.request_id = NewUuid();
    complete.token = lease.token;
    if (i % 7 == 3) {
      complete.outcome = server::AttemptFailure{"INTERNAL", "it broke", true, "last words"};
    } else if (i % 7 == 5) {
      complete.outcome = server::AttemptReturn{};
    } else {
      WINNOW_ASSIGN_OR_RETURN_STATUS(complete.outcome, Success(granted, i));
    }
    return Complete(std::move(complete), lease);
  }

  Result<server::AttemptSuccess> Success(const server::GrantedLease& granted, int i) {
    server::AttemptSuccess success{"{\"i\":" + std::to_string(i) + "}", {}, "class"};
    if (!spec::MakesNet(granted.stage.kind)) return success;
    WINNOW_ASSIGN_OR_RETURN(const std::string digest, Upload("net of " + granted.stage.key + std::string(9000, 'n')));
    success.artifacts.push_back({server::kCheckpointRole, digest});
    return success;
  }

  Status Complete(server::CompleteCommand command, const server::Lease& lease) {
    const auto* const success = std::get_if<server::AttemptSuccess>(&command.outcome);
    const std::string result = success == nullptr ? "" : success->result_json;
    const server::CompleteCommand again = command;
    for (const server::CompleteCommand& once : {std::move(command), again}) {  // a repeat changes nothing
      Awaited<MaybeLease> answer;
      coordinator_->workers().Complete(once, answer.done());
      WINNOW_RETURN_IF_ERROR(StatusOf(answer.Get()));
    }
    if (!result.empty()) ++report_->completions;
    MustHold("the end of attempt " + std::to_string(lease.attempt) + " of " + lease.stage,
             [lease, result](const StoreReader& reader) -> Result<bool> {
               WINNOW_ASSIGN_OR_RETURN(const auto attempt, reader.FindAttempt(lease.stage, lease.attempt));
               WINNOW_ASSIGN_OR_RETURN(const server::Stage stage, reader.GetStage(lease.stage));
               if (!attempt || attempt->state == server::AttemptState::kRunning) return false;
               return result.empty() || (stage.state == server::StageState::kSucceeded && stage.result_json == result);
             });
    return OkStatus();
  }

  const PowerLossOptions options_;
  Report* const report_;
  const std::filesystem::path live_;
  PowerLossDisk disk_;
  ImageChecker checker_;
  std::mt19937_64 random_;
  std::mutex mutex_;
  std::vector<Promise> promises_;
  std::unique_ptr<server::ArtifactStore> artifacts_;
  std::unique_ptr<server::AttemptLogs> logs_;
  std::unique_ptr<server::Store> store_;
  std::unique_ptr<server::Coordinator> coordinator_;
};

}  // namespace

Result<Report> RunPowerLoss(const PowerLossOptions& options) {
  Report report;
  report.mode = "power-loss";
  report.seed = options.seed;
  const SteadyTime begin = SystemClock()->Now();
  WINNOW_RETURN_ERR_IF_ERROR(ScriptedRun(options, &report).Run());
  report.seconds = std::chrono::duration<double>(SystemClock()->Now() - begin).count();
  report.extra["moments"] = report.kills;
  if (report.completions == 0) report.void_reasons.push_back("nothing was completed");
  return report;
}

}  // namespace winnow::chaos
