// Over the size budget on purpose: one place for all SQL.
// Every statement of the store, with its parameters bound by position. The layout they speak of: schema/*.sql.
#ifndef SERVER_STORE_SQLITE_STATEMENTS_H_
#define SERVER_STORE_SQLITE_STATEMENTS_H_

namespace winnow::server::sql {

// Columns in the order in which sqlite_rows.h reads them.
#define WINNOW_SWEEP_COLUMNS                                                                      \
  "id, name, description, state, reason, priority, create_ms, end_ms, trial_count, stage_total, " \
  "stage_reused, stage_unshared, fingerprint, fingerprint_json, awaits_fingerprint, revision, hold, user "
#define WINNOW_TRIAL_COLUMNS                                                                                \
  "w.name, t.name, t.position, t.state, t.reason, t.tile_size, t.spatial_rate, t.winograd_rate, t.method, " \
  "(SELECT key FROM stages WHERE id = t.net), (SELECT key FROM stages WHERE id = t.evaluate), "             \
  "(SELECT key FROM stages WHERE id = t.benchmark), (SELECT key FROM stages WHERE id = t.dense_evaluate), " \
  "(SELECT key FROM stages WHERE id = t.dense_benchmark), "                                                 \
  "(SELECT key FROM stages WHERE id = t.trained_on_evaluate), t.seed, t.images, t.revision "
#define WINNOW_STAGE_COLUMNS                                                                      \
  "s.id, s.key, s.kind, s.version, s.label, s.threads, s.exclusive, s.data_set, s.data_digest, "  \
  "s.pretrained, s.fingerprint, s.memory_bytes, s.max_attempts, s.state, s.reason, s.attempt, "   \
  "s.failed_attempts, s.worker, s.token, s.resume_digest, s.resume_epoch, s.start_ms, s.end_ms, " \
  "s.numerics_class, s.revision, s.parameters_json, s.labels_json "
#define WINNOW_ATTEMPT_COLUMNS \
  "number, worker, token, state, start_ms, end_ms, code, message, last_lines, numerics_class "
#define WINNOW_WORKER_COLUMNS                                                                          \
  "id, instance, host_id, threads, memory_bytes, isa, numerics_class, fingerprint, fingerprint_json, " \
  "stage_versions_json, data_sets_json, labels_json, register_ms, last_seen_ms, draining "
#define WINNOW_STAGE_ID "(SELECT id FROM stages WHERE key = ?)"
#define WINNOW_SWEEP_ID "(SELECT id FROM sweeps WHERE name = ?)"

inline constexpr char kRevision[] = "SELECT revision FROM store_state";
inline constexpr char kSetRevision[] = "UPDATE store_state SET revision = ?";

// Sweeps.
inline constexpr char kFindSweep[] = "SELECT " WINNOW_SWEEP_COLUMNS "FROM sweeps WHERE name = ?";
inline constexpr char kFindSweepId[] = "SELECT id FROM sweeps WHERE name = ?";
inline constexpr char kFindSweepSpec[] = "SELECT spec_json FROM sweep_specs WHERE sweep = " WINNOW_SWEEP_ID;
inline constexpr char kListSweeps[] =
    "SELECT " WINNOW_SWEEP_COLUMNS "FROM sweeps WHERE id < ? ORDER BY id DESC LIMIT ?";
inline constexpr char kLiveSweeps[] = "SELECT " WINNOW_SWEEP_COLUMNS "FROM sweeps WHERE state IN (1, 4) ORDER BY id";
inline constexpr char kSweepCounts[] = "SELECT state, stages FROM sweep_stage_counts WHERE sweep = ?";
inline constexpr char kInsertSweep[] =
    "INSERT INTO sweeps (name, description, state, reason, priority, create_ms, end_ms, trial_count, stage_total, "
    "stage_reused, stage_unshared, fingerprint, fingerprint_json, awaits_fingerprint, revision, hold, user) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr char kInsertSweepSpec[] = "INSERT INTO sweep_specs (sweep, spec_json) VALUES (?, ?)";
inline constexpr char kUpdateSweep[] =
    "UPDATE sweeps SET description = ?, state = ?, reason = ?, priority = ?, create_ms = ?, end_ms = ?, "
    "trial_count = ?, stage_total = ?, stage_reused = ?, stage_unshared = ?, fingerprint = ?, fingerprint_json = ?, "
    "awaits_fingerprint = ?, revision = ?, hold = ?, user = ? WHERE name = ?";
inline constexpr char kTouchSweep[] = "UPDATE sweeps SET revision = ? WHERE id = ?";
inline constexpr char kAddToCount[] =
    "INSERT INTO sweep_stage_counts (sweep, state, stages) VALUES (?, ?, ?) "
    "ON CONFLICT (sweep, state) DO UPDATE SET stages = stages + excluded.stages";

// Trials.
#define WINNOW_FROM_TRIALS "FROM trials t JOIN sweeps w ON w.id = t.sweep "
inline constexpr char kFindTrial[] =
    "SELECT " WINNOW_TRIAL_COLUMNS WINNOW_FROM_TRIALS "WHERE w.name = ? AND t.name = ?";
inline constexpr char kListTrials[] = "SELECT " WINNOW_TRIAL_COLUMNS WINNOW_FROM_TRIALS
                                      "WHERE t.sweep = ? AND (t.position, t.name) > (?, ?) AND t.create_revision <= ? "
                                      "ORDER BY t.position, t.name LIMIT ?";
inline constexpr char kTrialsOfStage[] =
    "SELECT " WINNOW_TRIAL_COLUMNS WINNOW_FROM_TRIALS
    "WHERE t.net = ?1 OR t.evaluate = ?1 OR t.benchmark = ?1 ORDER BY t.sweep, t.position";
inline constexpr char kCountTrials[] = "SELECT state, trials FROM sweep_trial_counts WHERE sweep = ?";
inline constexpr char kPutTrial[] =
    "INSERT INTO trials (sweep, name, position, state, reason, tile_size, spatial_rate, winograd_rate, method, net, "
    "evaluate, benchmark, dense_evaluate, dense_benchmark, trained_on_evaluate, seed, images, create_revision, "
    "revision) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sweep, name) DO UPDATE "
    "SET "
    "position = excluded.position, state = excluded.state, reason = excluded.reason, tile_size = excluded.tile_size, "
    "spatial_rate = excluded.spatial_rate, winograd_rate = excluded.winograd_rate, "
    "method = excluded.method, net = excluded.net, "
    "evaluate = excluded.evaluate, benchmark = excluded.benchmark, dense_evaluate = excluded.dense_evaluate, "
    "dense_benchmark = excluded.dense_benchmark, trained_on_evaluate = excluded.trained_on_evaluate, "
    "seed = excluded.seed, images = excluded.images, revision = excluded.revision";

inline constexpr char kUpdateTrialState[] =
    "UPDATE trials SET state = ?, reason = ?, revision = ? WHERE sweep = " WINNOW_SWEEP_ID " AND name = ?";

// Stages.
inline constexpr char kFindStage[] = "SELECT " WINNOW_STAGE_COLUMNS ", s.result_json FROM stages s WHERE s.key = ?";
inline constexpr char kFindStageId[] = "SELECT id, state FROM stages WHERE key = ?";
inline constexpr char kListStages[] = "SELECT " WINNOW_STAGE_COLUMNS
                                      ", s.result_json, l.position FROM sweep_stages l JOIN stages s ON s.id = l.stage "
                                      "WHERE l.sweep = ? AND (l.position, l.stage) > (?, ?) AND l.create_revision <= ? "
                                      "ORDER BY l.position, l.stage LIMIT ?";
inline constexpr char kChangedStages[] =
    "SELECT " WINNOW_STAGE_COLUMNS
    "FROM stages s CROSS JOIN sweep_stages l ON l.sweep = ? AND l.stage = s.id WHERE s.revision > ? "
    "ORDER BY l.position, l.stage";
inline constexpr char kAllStages[] =
    "SELECT " WINNOW_STAGE_COLUMNS
    "FROM sweep_stages l CROSS JOIN stages s ON s.id = l.stage WHERE l.sweep = ? ORDER BY l.position, l.stage";
inline constexpr char kLiveStages[] =
    "SELECT " WINNOW_STAGE_COLUMNS "FROM stages s WHERE s.state IN (1, 2, 3, 6) ORDER BY s.id";
inline constexpr char kParents[] =
    "SELECT s.key FROM stage_parents p JOIN stages s ON s.id = p.parent WHERE p.child = ? ORDER BY p.position";
inline constexpr char kChildren[] =
    "SELECT s.key FROM stage_parents p JOIN stages s ON s.id = p.child WHERE p.parent = ? ORDER BY s.id";
inline constexpr char kPlaces[] =
    "SELECT w.id, w.name, l.position FROM sweep_stages l JOIN sweeps w ON w.id = l.sweep WHERE l.stage = ? ORDER BY "
    "w.id";
inline constexpr char kInsertStage[] =
    "INSERT INTO stages (key, kind, version, label, threads, exclusive, data_set, data_digest, pretrained, "
    "fingerprint, parameters_json, memory_bytes, max_attempts, state, reason, attempt, failed_attempts, worker, token, "
    "resume_digest, resume_epoch, start_ms, end_ms, numerics_class, result_json, revision, labels_json) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr char kInsertParent[] = "INSERT INTO stage_parents (child, position, parent) VALUES (?, ?, ?)";
inline constexpr char kUpdateStage[] =
    "UPDATE stages SET memory_bytes = ?, max_attempts = ?, state = ?, reason = ?, attempt = ?, failed_attempts = ?, "
    "worker = ?, token = ?, resume_digest = ?, resume_epoch = ?, start_ms = ?, end_ms = ?, numerics_class = ?, "
    "result_json = ?, revision = ?, labels_json = ? WHERE id = ?";
inline constexpr char kTouchStage[] = "UPDATE stages SET revision = ? WHERE id = ?";
inline constexpr char kFindPlace[] = "SELECT position FROM sweep_stages WHERE sweep = ? AND stage = ?";
inline constexpr char kInsertPlace[] =
    "INSERT INTO sweep_stages (sweep, stage, position, create_revision) VALUES (?, ?, ?, ?)";
inline constexpr char kMovePlace[] = "UPDATE sweep_stages SET position = ? WHERE sweep = ? AND stage = ?";

// Attempts and measurements.
inline constexpr char kFindAttempt[] = "SELECT " WINNOW_ATTEMPT_COLUMNS "FROM attempts WHERE stage = ? AND number = ?";
inline constexpr char kListAttempts[] =
    "SELECT " WINNOW_ATTEMPT_COLUMNS "FROM attempts WHERE stage = " WINNOW_STAGE_ID " ORDER BY number";
inline constexpr char kPutAttempt[] =
    "INSERT INTO attempts (stage, number, worker, token, state, start_ms, end_ms, code, message, last_lines, "
    "numerics_class) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (stage, number) DO UPDATE SET "
    "worker = excluded.worker, token = excluded.token, state = excluded.state, start_ms = excluded.start_ms, end_ms = "
    "excluded.end_ms, code = excluded.code, "
    "message = excluded.message, last_lines = excluded.last_lines, numerics_class = excluded.numerics_class";
inline constexpr char kListMeasurements[] =
    "SELECT name, step, value FROM measurements WHERE stage = ? AND (name, step) > (?, ?) "
    "ORDER BY name, step LIMIT ?";
inline constexpr char kPutMeasurement[] =
    "INSERT INTO measurements (stage, name, step, value) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (stage, name, step) DO UPDATE SET value = excluded.value";
#define WINNOW_FOUR_ROWS "(?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?), (?, ?, ?, ?)"
inline constexpr char kPutEightMeasurements[] =
    "INSERT INTO measurements (stage, name, step, value) VALUES " WINNOW_FOUR_ROWS ", " WINNOW_FOUR_ROWS
    " ON CONFLICT (stage, name, step) DO UPDATE SET value = excluded.value";
inline constexpr char kDropMeasurements[] = "DELETE FROM measurements WHERE stage = ? AND (step > ? OR step = 0)";

// Artifacts.
inline constexpr char kFindArtifact[] = "SELECT digest, size_bytes, upload_ms FROM artifacts WHERE digest = ?";
inline constexpr char kAllArtifacts[] = "SELECT digest, size_bytes, upload_ms FROM artifacts ORDER BY digest";
inline constexpr char kPutArtifact[] =
    "INSERT INTO artifacts (digest, size_bytes, upload_ms) VALUES (?, ?, ?) "
    "ON CONFLICT (digest) DO UPDATE SET size_bytes = excluded.size_bytes, upload_ms = excluded.upload_ms";
inline constexpr char kStageArtifacts[] = "SELECT role, digest FROM stage_artifacts WHERE stage = ? ORDER BY role";
inline constexpr char kLinkArtifact[] =
    "INSERT INTO stage_artifacts (stage, role, digest) VALUES (?, ?, ?) "
    "ON CONFLICT (stage, role) DO UPDATE SET digest = excluded.digest";
#define WINNOW_UNUSED                                                             \
  "NOT EXISTS (SELECT 1 FROM stage_artifacts WHERE digest = artifacts.digest) "   \
  "AND NOT EXISTS (SELECT 1 FROM stages WHERE resume_digest = artifacts.digest) " \
  "AND NOT EXISTS (SELECT 1 FROM stages WHERE pretrained = artifacts.digest) "
inline constexpr char kForgetUnused[] =
    "DELETE FROM artifacts WHERE upload_ms < ? AND " WINNOW_UNUSED "RETURNING digest";
inline constexpr char kForgetIfUnused[] = "DELETE FROM artifacts WHERE digest = ? AND " WINNOW_UNUSED;

// Workers and requests.
inline constexpr char kFindWorker[] = "SELECT " WINNOW_WORKER_COLUMNS "FROM workers WHERE id = ?";
inline constexpr char kListWorkers[] = "SELECT " WINNOW_WORKER_COLUMNS "FROM workers WHERE id > ? ORDER BY id LIMIT ?";
inline constexpr char kPutWorker[] =
    "INSERT OR REPLACE INTO workers (" WINNOW_WORKER_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
inline constexpr char kRemoveWorker[] = "DELETE FROM workers WHERE id = ?";
inline constexpr char kFindRequest[] =
    "SELECT request_id, method, reply FROM requests WHERE request_id = ? AND create_ms > ?";
// Changes nothing where there is one that is not too old.
inline constexpr char kPutRequest[] =
    "INSERT INTO requests (request_id, method, reply, create_ms) VALUES (?1, ?2, ?3, ?4) "
    "ON CONFLICT (request_id) DO UPDATE SET method = excluded.method, reply = excluded.reply, "
    "create_ms = excluded.create_ms WHERE create_ms <= ?5";
inline constexpr char kPutRefusedReport[] =
    "INSERT INTO refused_reports (time_ms, request_id, token, worker, outcome) VALUES (?, ?, ?, ?, ?)";
inline constexpr char kDropOldRefusedReports[] = "DELETE FROM refused_reports WHERE id <= ?";
inline constexpr char kAllRefusedReports[] =
    "SELECT time_ms, request_id, token, worker, outcome FROM refused_reports ORDER BY id";
inline constexpr char kDropOldRequests[] = "DELETE FROM requests WHERE create_ms <= ?";

}  // namespace winnow::server::sql

#endif  // SERVER_STORE_SQLITE_STATEMENTS_H_
