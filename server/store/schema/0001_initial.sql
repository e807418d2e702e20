-- Times are milliseconds since 1970, states the numbers in server/domain, rates fractions of 1. Stages are named by
-- small numbers inside the database and by their keys outside.

CREATE TABLE store_state (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO store_state (one, revision) VALUES (1, 0);

CREATE TABLE artifacts (
  digest TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  upload_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX artifacts_by_upload ON artifacts (upload_ms);

CREATE TABLE sweeps (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  priority INTEGER NOT NULL,
  create_ms INTEGER NOT NULL,
  end_ms INTEGER,
  trial_count INTEGER NOT NULL,
  stage_total INTEGER NOT NULL,
  stage_reused INTEGER NOT NULL,
  stage_unshared INTEGER NOT NULL,
  fingerprint TEXT NOT NULL,
  fingerprint_json TEXT NOT NULL,
  awaits_fingerprint INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
CREATE INDEX sweeps_live ON sweeps (id) WHERE state IN (1, 4);

-- Apart, so that updating a sweep does not write its text again.
CREATE TABLE sweep_specs (
  sweep INTEGER PRIMARY KEY REFERENCES sweeps (id),
  spec_json TEXT NOT NULL
) STRICT;

-- How many stages of a sweep are in each state; kept with every change of a state. No row counts as 0.
CREATE TABLE sweep_stage_counts (
  sweep INTEGER NOT NULL REFERENCES sweeps (id),
  state INTEGER NOT NULL,
  stages INTEGER NOT NULL,
  PRIMARY KEY (sweep, state)
) STRICT, WITHOUT ROWID;

CREATE TABLE stages (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  version INTEGER NOT NULL,
  label TEXT NOT NULL,
  threads INTEGER NOT NULL,
  exclusive INTEGER NOT NULL,
  data_set TEXT NOT NULL,
  data_digest TEXT NOT NULL,
  pretrained TEXT REFERENCES artifacts (digest),
  fingerprint TEXT NOT NULL,
  memory_bytes INTEGER NOT NULL,
  max_attempts INTEGER NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  failed_attempts INTEGER NOT NULL,
  worker TEXT NOT NULL,
  token TEXT NOT NULL,
  resume_digest TEXT REFERENCES artifacts (digest),
  resume_epoch INTEGER,
  start_ms INTEGER,
  end_ms INTEGER,
  numerics_class TEXT NOT NULL,
  revision INTEGER NOT NULL,
  parameters_json TEXT NOT NULL,
  result_json TEXT NOT NULL
) STRICT;
CREATE INDEX stages_by_revision ON stages (revision);
CREATE INDEX stages_live ON stages (id) WHERE state IN (1, 2, 3, 6);
CREATE INDEX stages_by_resume ON stages (resume_digest) WHERE resume_digest IS NOT NULL;
CREATE INDEX stages_by_pretrained ON stages (pretrained) WHERE pretrained IS NOT NULL;

CREATE TABLE stage_parents (
  child INTEGER NOT NULL REFERENCES stages (id),
  position INTEGER NOT NULL,
  parent INTEGER NOT NULL REFERENCES stages (id),
  PRIMARY KEY (child, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX stage_parents_by_parent ON stage_parents (parent);

CREATE TABLE sweep_stages (
  sweep INTEGER NOT NULL REFERENCES sweeps (id),
  stage INTEGER NOT NULL REFERENCES stages (id),
  position INTEGER NOT NULL,
  create_revision INTEGER NOT NULL,
  PRIMARY KEY (sweep, stage)
) STRICT, WITHOUT ROWID;
CREATE INDEX sweep_stages_by_position ON sweep_stages (sweep, position, stage);
CREATE INDEX sweep_stages_by_stage ON sweep_stages (stage);

CREATE TABLE trials (
  sweep INTEGER NOT NULL REFERENCES sweeps (id),
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  state INTEGER NOT NULL,
  reason TEXT NOT NULL,
  tile_size INTEGER NOT NULL,
  spatial_rate REAL,
  winograd_rate REAL,
  net INTEGER NOT NULL REFERENCES stages (id),
  evaluate INTEGER NOT NULL REFERENCES stages (id),
  benchmark INTEGER REFERENCES stages (id),
  dense_evaluate INTEGER NOT NULL REFERENCES stages (id),
  dense_benchmark INTEGER REFERENCES stages (id),
  create_revision INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  PRIMARY KEY (sweep, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX trials_by_position ON trials (sweep, position);
CREATE INDEX trials_by_net ON trials (net);
CREATE INDEX trials_by_evaluate ON trials (evaluate);
CREATE INDEX trials_by_benchmark ON trials (benchmark) WHERE benchmark IS NOT NULL;

CREATE TABLE attempts (
  stage INTEGER NOT NULL REFERENCES stages (id),
  number INTEGER NOT NULL,
  worker TEXT NOT NULL,
  state INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  last_lines TEXT NOT NULL,
  numerics_class TEXT NOT NULL,
  PRIMARY KEY (stage, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE stage_artifacts (
  stage INTEGER NOT NULL REFERENCES stages (id),
  role TEXT NOT NULL,
  digest TEXT NOT NULL REFERENCES artifacts (digest),
  PRIMARY KEY (stage, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX stage_artifacts_by_digest ON stage_artifacts (digest);

CREATE TABLE measurements (
  stage INTEGER NOT NULL REFERENCES stages (id),
  name TEXT NOT NULL,
  step INTEGER NOT NULL,
  value REAL,  -- NULL stands for NaN, which SQLite does not keep
  PRIMARY KEY (stage, name, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  instance TEXT NOT NULL,
  host_id TEXT NOT NULL,
  threads INTEGER NOT NULL,
  memory_bytes INTEGER NOT NULL,
  isa TEXT NOT NULL,
  numerics_class TEXT NOT NULL,
  fingerprint TEXT NOT NULL,
  fingerprint_json TEXT NOT NULL,
  stage_versions_json TEXT NOT NULL,  -- {"train": 1, ...}
  data_sets_json TEXT NOT NULL,       -- [{"name", "digest"}, ...]
  labels_json TEXT NOT NULL,          -- {"NAME": "VALUE", ...}
  register_ms INTEGER NOT NULL,
  last_seen_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  request_id TEXT PRIMARY KEY,
  method TEXT NOT NULL,
  reply BLOB NOT NULL,
  create_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX requests_by_time ON requests (create_ms);
