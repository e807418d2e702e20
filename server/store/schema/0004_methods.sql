-- Which of a sweep's methods of pruning in the Winograd domain a trial is of; '' where it has no more than one.
ALTER TABLE trials ADD COLUMN method TEXT NOT NULL DEFAULT '';
