-- The state of the tree of organisations: one row with a random number that is
-- drawn anew by whatever changes the tree, so that a copy of the tree in memory
-- can be told from a stale one. 0: nothing was recorded yet.
CREATE TABLE org_state (
	id    bigint NOT NULL PRIMARY KEY,
	state bigint NOT NULL
);
INSERT INTO org_state (id, state) VALUES (1, 0);
