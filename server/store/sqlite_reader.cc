// A line or two a question, and there are many: over the size budget on purpose.
#include "server/store/sqlite_reader.h"

#include <limits>
#include <utility>

#include "server/domain/resource_name.h"
#include "server/store/sqlite_query.h"
#include "server/store/sqlite_statements.h"

namespace winnow::server {
namespace {

// Where a page begins, and how long it is.
struct PageStart {
  int size = 0;
  PagePosition position;
};

// `first` stands before all rows; its revision is the one that the reader sees.
Result<PageStart> StartPage(const std::string& list, const PageRequest& request, PagePosition first) {
  PageStart start;
  WINNOW_ASSIGN_OR_RETURN(start.size, EffectivePageSize(request.size));
  start.position = std::move(first);
  if (!request.token.empty()) {
    WINNOW_ASSIGN_OR_RETURN(start.position, ParsePageToken(list, request.token));
  }
  return start;
}

// Drops the row that was read only to see whether there is another page.
template <typename T>
void EndPage(const std::string& list, const PageStart& start, const PagePosition& last, Page<T>& page) {
  if (page.items.size() <= static_cast<size_t>(start.size)) return;
  page.items.pop_back();
  page.next_token = MakePageToken(list, last);
}

}  // namespace

Result<int64_t> SqliteReader::Revision() const {
  return connection_.Guard([&]() -> Result<int64_t> {
    SqliteQuery query(connection_, sql::kRevision);
    query.Step();
    return query.Integer();
  });
}

Result<int64_t> SqliteReader::SweepId(const std::string& id) const {
  return connection_.Guard([&]() -> Result<int64_t> {
    SqliteQuery query(connection_, sql::kFindSweepId);
    if (!query.Bind(id).Step()) return Err(NotFound(SweepName(id) + " is not there"));
    return query.Integer();
  });
}

Result<SqliteReader::StageId> SqliteReader::FindStageId(const std::string& key) const {
  return connection_.Guard([&]() -> Result<StageId> {
    SqliteQuery query(connection_, sql::kFindStageId);
    if (!query.Bind(key).Step()) return Err(NotFound(StageName(key) + " is not there"));
    StageId found;
    found.id = query.Integer();
    found.state = query.Enum<StageState>();
    return found;
  });
}

// Sweeps.

void SqliteReader::AddCounts(Sweep& sweep) const { AddStoredCounts(sweep); }

void SqliteReader::AddStoredCounts(Sweep& sweep) const {
  SqliteQuery query(connection_, sql::kSweepCounts);
  query.Bind(sweep.order);
  while (query.Step()) {
    const StageState state = query.Enum<StageState>();
    sweep.stage_counts[state] = static_cast<int>(query.Integer());
  }
}

Result<std::optional<Sweep>> SqliteReader::FindSweep(const std::string& id) const { return FindStoredSweep(id); }

Result<std::optional<Sweep>> SqliteReader::FindStoredSweep(const std::string& id) const {
  return connection_.Guard([&]() -> Result<std::optional<Sweep>> {
    SqliteQuery query(connection_, sql::kFindSweep);
    if (!query.Bind(id).Step()) return std::optional<Sweep>();
    Sweep sweep = ReadSweep(query);
    AddStoredCounts(sweep);
    return std::optional<Sweep>(std::move(sweep));
  });
}

Result<std::optional<std::string>> SqliteReader::FindSweepSpec(const std::string& id) const {
  return connection_.Guard([&]() -> Result<std::optional<std::string>> {
    SqliteQuery query(connection_, sql::kFindSweepSpec);
    if (!query.Bind(id).Step()) return std::optional<std::string>();
    return std::optional<std::string>(query.Text());
  });
}

Result<Page<Sweep>> SqliteReader::ListSweeps(const PageRequest& request) const {
  const std::string list = "sweeps";
  PagePosition first;
  WINNOW_ASSIGN_OR_RETURN(first.revision, Revision());
  first.number = std::numeric_limits<int64_t>::max();
  WINNOW_ASSIGN_OR_RETURN(const PageStart start, StartPage(list, request, first));
  return connection_.Guard([&]() -> Result<Page<Sweep>> {
    Page<Sweep> page;
    SqliteQuery query(connection_, sql::kListSweeps);
    query.Bind(start.position.number).Bind(start.size + 1);
    PagePosition last = start.position;
    while (query.Step()) {
      page.items.push_back(ReadSweep(query));
      AddCounts(page.items.back());
      if (page.items.size() <= static_cast<size_t>(start.size)) last.number = page.items.back().order;
    }
    EndPage(list, start, last, page);
    return page;
  });
}

Status SqliteReader::ForEachLiveSweep(const Visit<Sweep>& visit) const {
  return connection_.Guard([&]() -> Status {
    SqliteQuery query(connection_, sql::kLiveSweeps);
    while (query.Step()) {
      Sweep sweep = ReadSweep(query);
      AddCounts(sweep);
      WINNOW_RETURN_IF_ERROR(visit(std::move(sweep)));
    }
    return OkStatus();
  });
}

// Trials.

Result<std::optional<Trial>> SqliteReader::FindTrial(const std::string& sweep, const std::string& id) const {
  return connection_.Guard([&]() -> Result<std::optional<Trial>> {
    SqliteQuery query(connection_, sql::kFindTrial);
    if (!query.Bind(sweep).Bind(id).Step()) return std::optional<Trial>();
    return std::optional<Trial>(ReadTrial(query));
  });
}

Result<Page<Trial>> SqliteReader::ListTrials(const std::string& sweep, const PageRequest& request) const {
  const std::string list = "trials of " + sweep;
  WINNOW_ASSIGN_OR_RETURN(const int64_t sweep_id, SweepId(sweep));
  PagePosition first{.revision = 0, .number = -1, .text = ""};
  WINNOW_ASSIGN_OR_RETURN(first.revision, Revision());
  WINNOW_ASSIGN_OR_RETURN(const PageStart start, StartPage(list, request, first));
  return connection_.Guard([&]() -> Result<Page<Trial>> {
    Page<Trial> page;
    SqliteQuery query(connection_, sql::kListTrials);
    query.Bind(sweep_id).Bind(start.position.number).Bind(start.position.text);
    query.Bind(start.position.revision).Bind(start.size + 1);
    while (query.Step()) page.items.push_back(ReadTrial(query));
    PagePosition last = start.position;
    if (page.items.size() > 1) {
      const Trial& trial = page.items[page.items.size() - 2];
      last.number = trial.position;
      last.text = trial.id;
    }
    EndPage(list, start, last, page);
    return page;
  });
}

Status SqliteReader::ForEachTrial(const std::string& sweep, const Visit<Trial>& visit) const {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const int64_t sweep_id, SweepId(sweep));
  return connection_.Guard([&]() -> Status {
    constexpr int64_t kAll = std::numeric_limits<int64_t>::max();
    SqliteQuery query(connection_, sql::kListTrials);
    query.Bind(sweep_id).Bind(int64_t{-1}).Bind(std::string()).Bind(kAll).Bind(kAll);
    while (query.Step()) WINNOW_RETURN_IF_ERROR(visit(ReadTrial(query)));
    return OkStatus();
  });
}

Result<std::vector<Trial>> SqliteReader::TrialsOfStage(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const StageId stage, FindStageId(key));
  return connection_.Guard([&]() -> Result<std::vector<Trial>> {
    std::vector<Trial> trials;
    SqliteQuery query(connection_, sql::kTrialsOfStage);
    query.Bind(stage.id);
    while (query.Step()) trials.push_back(ReadTrial(query));
    return trials;
  });
}

Result<TrialTally> SqliteReader::CountTrials(const std::string& sweep) const {
  WINNOW_ASSIGN_OR_RETURN(const int64_t sweep_id, SweepId(sweep));
  return connection_.Guard([&]() -> Result<TrialTally> {
    TrialTally tally;
    SqliteQuery query(connection_, sql::kCountTrials);
    query.Bind(sweep_id);
    while (query.Step()) {
      const TrialState state = query.Enum<TrialState>();
      CountsIn(tally, state) += static_cast<int>(query.Integer());
    }
    return tally;
  });
}

// Stages.

void SqliteReader::AddParentsAndArtifacts(StageRow& row) const {
  SqliteQuery parents(connection_, sql::kParents);
  parents.Bind(row.id);
  while (parents.Step()) row.stage.parents.push_back(parents.Text());
  AddArtifacts(row);
}

void SqliteReader::AddArtifacts(StageRow& row) const {
  SqliteQuery artifacts(connection_, sql::kStageArtifacts);
  artifacts.Bind(row.id);
  while (artifacts.Step()) {
    StageArtifact artifact;
    artifact.role = artifacts.Text();
    artifact.digest = artifacts.Text();
    row.stage.artifacts.push_back(std::move(artifact));
  }
}

Result<std::optional<StageRow>> SqliteReader::FindStageRow(const std::string& key) const {
  return connection_.Guard([&]() -> Result<std::optional<StageRow>> {
    SqliteQuery query(connection_, sql::kFindStage);
    if (!query.Bind(key).Step()) return std::optional<StageRow>();
    StageRow row = ReadStage(query);
    row.stage.result_json = query.Text();
    AddParentsAndArtifacts(row);
    return std::optional<StageRow>(std::move(row));
  });
}

Result<std::optional<Stage>> SqliteReader::FindStage(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(std::optional<StageRow> row, FindStageRow(key));
  return row ? std::optional<Stage>(std::move(row->stage)) : std::nullopt;
}

Result<StageState> SqliteReader::StateOfStage(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const StageId stage, FindStageId(key));
  return stage.state;
}

Result<std::vector<StageArtifact>> SqliteReader::ArtifactsOfStage(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const StageId stage, FindStageId(key));
  return connection_.Guard([&]() -> Result<std::vector<StageArtifact>> {
    StageRow row;
    row.id = stage.id;
    AddArtifacts(row);
    return std::move(row.stage.artifacts);
  });
}

Result<Page<Stage>> SqliteReader::ListStages(const std::string& sweep, const PageRequest& request) const {
  const std::string list = "stages of " + sweep;
  WINNOW_ASSIGN_OR_RETURN(const int64_t sweep_id, SweepId(sweep));
  PagePosition first{.revision = 0, .number = -1, .text = "0"};
  WINNOW_ASSIGN_OR_RETURN(first.revision, Revision());
  WINNOW_ASSIGN_OR_RETURN(const PageStart start, StartPage(list, request, first));
  return connection_.Guard([&]() -> Result<Page<Stage>> {
    Page<Stage> page;
    PagePosition last = start.position;
    SqliteQuery query(connection_, sql::kListStages);
    query.Bind(sweep_id).Bind(start.position.number).Bind(std::stoll(start.position.text));
    query.Bind(start.position.revision).Bind(start.size + 1);
    while (query.Step()) {
      StageRow row = ReadStage(query);
      row.stage.result_json = query.Text();
      const int64_t position = query.Integer();
      AddParentsAndArtifacts(row);
      page.items.push_back(std::move(row.stage));
      if (page.items.size() <= static_cast<size_t>(start.size)) {
        last.number = position;
        last.text = std::to_string(row.id);
      }
    }
    EndPage(list, start, last, page);
    return page;
  });
}

Status SqliteReader::VisitStages(SqliteQuery& query, const Visit<Stage>& visit) const {
  while (query.Step()) {
    StageRow row = ReadStage(query);
    AddParentsAndArtifacts(row);
    WINNOW_RETURN_IF_ERROR(visit(std::move(row.stage)));
  }
  return OkStatus();
}

Status SqliteReader::ForEachChangedStage(const std::string& sweep, int64_t after_revision,
                                         const Visit<Stage>& visit) const {
  WINNOW_ASSIGN_OR_RETURN_STATUS(const int64_t sweep_id, SweepId(sweep));
  return connection_.Guard([&]() -> Status {
    if (after_revision <= 0) {
      SqliteQuery query(connection_, sql::kAllStages);
      query.Bind(sweep_id);
      return VisitStages(query, visit);
    }
    SqliteQuery query(connection_, sql::kChangedStages);
    query.Bind(sweep_id).Bind(after_revision);
    return VisitStages(query, visit);
  });
}

Status SqliteReader::ForEachLiveStage(const Visit<Stage>& visit) const {
  return connection_.Guard([&]() -> Status {
    SqliteQuery query(connection_, sql::kLiveStages);
    return VisitStages(query, visit);
  });
}

Result<std::vector<std::string>> SqliteReader::ChildrenOf(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const StageId stage, FindStageId(key));
  return connection_.Guard([&]() -> Result<std::vector<std::string>> {
    std::vector<std::string> children;
    SqliteQuery query(connection_, sql::kChildren);
    query.Bind(stage.id);
    while (query.Step()) children.push_back(query.Text());
    return children;
  });
}

Result<std::vector<StagePlace>> SqliteReader::PlacesOfStage(const std::string& key) const {
  WINNOW_ASSIGN_OR_RETURN(const StageId stage, FindStageId(key));
  return connection_.Guard([&]() -> Result<std::vector<StagePlace>> {
    std::vector<StagePlace> places;
    SqliteQuery query(connection_, sql::kPlaces);
    query.Bind(stage.id);
    while (query.Step()) places.push_back(ReadPlace(query).place);
    return places;
  });
}

// Attempts, measurements, artifacts.

Result<std::optional<Attempt>> SqliteReader::FindAttempt(const std::string& stage, int number) const {
  const Result<StageId> found = FindStageId(stage);
  if (!found && found.error().code() == StatusCode::kNotFound) return std::optional<Attempt>();
  if (!found) return Err(found.error());
  return connection_.Guard([&]() -> Result<std::optional<Attempt>> {
    SqliteQuery query(connection_, sql::kFindAttempt);
    if (!query.Bind(found->id).Bind(number).Step()) return std::optional<Attempt>();
    Attempt attempt = ReadAttempt(query);
    attempt.stage = stage;
    return std::optional<Attempt>(std::move(attempt));
  });
}

Result<std::vector<Attempt>> SqliteReader::ListAttempts(const std::string& stage) const {
  return connection_.Guard([&]() -> Result<std::vector<Attempt>> {
    std::vector<Attempt> attempts;
    SqliteQuery query(connection_, sql::kListAttempts);
    query.Bind(stage);
    while (query.Step()) {
      attempts.push_back(ReadAttempt(query));
      attempts.back().stage = stage;
    }
    return attempts;
  });
}

Result<Page<Measurement>> SqliteReader::ListMeasurements(const std::string& stage, const PageRequest& request) const {
  const std::string list = "measurements of " + stage;
  WINNOW_ASSIGN_OR_RETURN(const StageId found, FindStageId(stage));
  PagePosition first{.revision = 0, .number = -1, .text = ""};
  WINNOW_ASSIGN_OR_RETURN(first.revision, Revision());
  WINNOW_ASSIGN_OR_RETURN(const PageStart start, StartPage(list, request, first));
  return connection_.Guard([&]() -> Result<Page<Measurement>> {
    Page<Measurement> page;
    SqliteQuery query(connection_, sql::kListMeasurements);
    query.Bind(found.id).Bind(start.position.text).Bind(start.position.number).Bind(start.size + 1);
    while (query.Step()) {
      Measurement measurement;
      measurement.name = query.Text();
      measurement.step = query.Integer();
      measurement.value = query.Real();
      page.items.push_back(std::move(measurement));
    }
    PagePosition last = start.position;
    if (page.items.size() > 1) {
      const Measurement& shown = page.items[page.items.size() - 2];
      last.number = shown.step;
      last.text = shown.name;
    }
    EndPage(list, start, last, page);
    return page;
  });
}

Result<std::optional<Artifact>> SqliteReader::FindArtifact(const std::string& digest) const {
  return connection_.Guard([&]() -> Result<std::optional<Artifact>> {
    SqliteQuery query(connection_, sql::kFindArtifact);
    if (!query.Bind(digest).Step()) return std::optional<Artifact>();
    return std::optional<Artifact>(ReadArtifact(query));
  });
}

Status SqliteReader::ForEachArtifact(const Visit<Artifact>& visit) const {
  return connection_.Guard([&]() -> Status {
    SqliteQuery query(connection_, sql::kAllArtifacts);
    while (query.Step()) WINNOW_RETURN_IF_ERROR(visit(ReadArtifact(query)));
    return OkStatus();
  });
}

// Workers and requests.

Result<std::optional<WorkerRecord>> SqliteReader::FindWorker(const std::string& id) const {
  return connection_.Guard([&]() -> Result<std::optional<WorkerRecord>> {
    SqliteQuery query(connection_, sql::kFindWorker);
    if (!query.Bind(id).Step()) return std::optional<WorkerRecord>();
    return std::optional<WorkerRecord>(ReadWorker(query));
  });
}

Result<Page<WorkerRecord>> SqliteReader::ListWorkers(const PageRequest& request) const {
  const std::string list = "workers";
  WINNOW_ASSIGN_OR_RETURN(const PageStart start, StartPage(list, request, {}));
  return connection_.Guard([&]() -> Result<Page<WorkerRecord>> {
    Page<WorkerRecord> page;
    SqliteQuery query(connection_, sql::kListWorkers);
    query.Bind(start.position.text).Bind(start.size + 1);
    while (query.Step()) page.items.push_back(ReadWorker(query));
    PagePosition last = start.position;
    if (page.items.size() > 1) last.text = page.items[page.items.size() - 2].id;
    EndPage(list, start, last, page);
    return page;
  });
}

Status SqliteReader::ForEachRefusedReport(const Visit<RefusedReport>& visit) const {
  return connection_.Guard([&]() -> Status {
    SqliteQuery query(connection_, sql::kAllRefusedReports);
    while (query.Step()) {
      RefusedReport report;
      report.time = query.Time();
      report.request_id = query.Text();
      report.token = query.Text();
      report.worker = query.Text();
      report.outcome = query.Text();
      WINNOW_RETURN_IF_ERROR(visit(std::move(report)));
    }
    return OkStatus();
  });
}

Result<std::optional<RequestRecord>> SqliteReader::FindRequest(const std::string& request_id) const {
  return connection_.Guard([&]() -> Result<std::optional<RequestRecord>> {
    SqliteQuery query(connection_, sql::kFindRequest);
    query.Bind(request_id).Bind(clock_.WallNow() - kRequestLifetime);
    if (!query.Step()) return std::optional<RequestRecord>();
    RequestRecord record;
    record.request_id = query.Text();
    record.method = query.Text();
    record.reply = query.Bytes();
    return std::optional<RequestRecord>(std::move(record));
  });
}

}  // namespace winnow::server
