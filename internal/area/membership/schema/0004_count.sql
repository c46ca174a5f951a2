-- How often sums of days of a month were folded: what was read of them before is
-- stale when the number has grown.
CREATE TABLE membership_month (
	month bigint NOT NULL PRIMARY KEY,
	folds bigint NOT NULL
);

-- Counts of past days pass over what was changed today.
CREATE INDEX membership_tail_day ON membership_tail (day);
