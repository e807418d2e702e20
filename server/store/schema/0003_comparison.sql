-- What trials are compared on, and with.
ALTER TABLE trials ADD COLUMN seed INTEGER;                                    -- of a sweep with seeds
ALTER TABLE trials ADD COLUMN images TEXT NOT NULL DEFAULT '';                 -- "held-out", "test"; "" where all are of test
ALTER TABLE trials ADD COLUMN trained_on_evaluate INTEGER REFERENCES stages (id);
