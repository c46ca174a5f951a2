-- Work to be done outside a request. live_key is unique among the jobs that
-- still hold it and NULL in all others.
CREATE TABLE job_queue (
	id          bigint NOT NULL PRIMARY KEY,
	kind        text   NOT NULL,
	args        text   NOT NULL,
	state       text   NOT NULL,
	priority    bigint NOT NULL,
	run_at      bigint NOT NULL,
	live_key    text,
	release_key bigint NOT NULL,
	account_id  bigint NOT NULL,
	attempt     bigint NOT NULL,
	attempts    bigint NOT NULL,
	worker      text   NOT NULL,
	lease_until bigint NOT NULL,
	cancel      bigint NOT NULL,
	done        bigint NOT NULL,
	total       bigint NOT NULL,
	note        text   NOT NULL,
	fault       text   NOT NULL,
	error       text   NOT NULL,
	made_at     bigint NOT NULL,
	started_at  bigint NOT NULL,
	finished_at bigint NOT NULL
);
CREATE UNIQUE INDEX job_queue_live ON job_queue (live_key);
CREATE INDEX job_queue_claim ON job_queue (state, priority, run_at, id);
CREATE INDEX job_queue_account ON job_queue (account_id, id);

-- When each periodic job is next made; the row is taken by one node at a time.
CREATE TABLE job_period (
	name    text   NOT NULL PRIMARY KEY,
	next_at bigint NOT NULL
);
