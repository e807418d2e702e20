-- How many trials of a sweep are in each state, kept as they change: counting them takes as long as the sweep is large,
-- and is asked for with every stage that ends.
CREATE TABLE sweep_trial_counts (
  sweep INTEGER NOT NULL REFERENCES sweeps (id),
  state INTEGER NOT NULL,
  trials INTEGER NOT NULL,
  PRIMARY KEY (sweep, state)
) STRICT, WITHOUT ROWID;
INSERT INTO sweep_trial_counts (sweep, state, trials) SELECT sweep, state, count(*) FROM trials GROUP BY sweep, state;

CREATE TRIGGER trials_made AFTER INSERT ON trials BEGIN
  INSERT INTO sweep_trial_counts (sweep, state, trials) VALUES (new.sweep, new.state, 1)
    ON CONFLICT (sweep, state) DO UPDATE SET trials = trials + 1;
END;
CREATE TRIGGER trials_moved AFTER UPDATE OF state ON trials WHEN old.state <> new.state BEGIN
  UPDATE sweep_trial_counts SET trials = trials - 1 WHERE sweep = old.sweep AND state = old.state;
  INSERT INTO sweep_trial_counts (sweep, state, trials) VALUES (new.sweep, new.state, 1)
    ON CONFLICT (sweep, state) DO UPDATE SET trials = trials + 1;
END;

-- Reports of an attempt's end under a lease that had been lost: nothing came of them. Kept to be looked at.
CREATE TABLE refused_reports (
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  request_id TEXT NOT NULL,
  token TEXT NOT NULL,
  worker TEXT NOT NULL,  -- "" where the lease was not known any more; attempts.token may tell
  outcome TEXT NOT NULL
) STRICT;

-- By which a refused report finds its attempt.
ALTER TABLE attempts ADD COLUMN token TEXT NOT NULL DEFAULT '';

ALTER TABLE sweeps ADD COLUMN hold INTEGER NOT NULL DEFAULT 0;  -- SweepHold
ALTER TABLE sweeps ADD COLUMN user TEXT NOT NULL DEFAULT '';
ALTER TABLE workers ADD COLUMN draining INTEGER NOT NULL DEFAULT 0;
ALTER TABLE stages ADD COLUMN labels_json TEXT NOT NULL DEFAULT '{}';  -- of workers that may run it: {"NAME": "VALUE"}
