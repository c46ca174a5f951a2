-- A block in which to look for persons like another: a hash of the initials
-- and the birth day (alikeKey). 0 is nobody's.
ALTER TABLE membership_person ADD COLUMN alike bigint NOT NULL DEFAULT 0;
CREATE INDEX membership_person_alike ON membership_person (alike);

-- One import of a file into an organisation. preview is sealed.
CREATE TABLE membership_batch (
	id          bigint NOT NULL PRIMARY KEY,
	org_id      bigint NOT NULL,
	account_id  bigint NOT NULL,
	name        text   NOT NULL,
	hash        text   NOT NULL,
	size        bigint NOT NULL,
	header      text   NOT NULL,
	mapping     text   NOT NULL,
	defaults    text   NOT NULL,
	state       text   NOT NULL,
	job_id      bigint NOT NULL,
	line        bigint NOT NULL,
	checked     text   NOT NULL,
	preview     bytea  NOT NULL,
	rows_read   bigint NOT NULL,
	entered     bigint NOT NULL,
	readmitted  bigint NOT NULL,
	unchanged   bigint NOT NULL,
	alike       bigint NOT NULL,
	bad         bigint NOT NULL,
	undone      bigint NOT NULL,
	kept        bigint NOT NULL,
	made_at     bigint NOT NULL,
	started_at  bigint NOT NULL,
	finished_at bigint NOT NULL,
	expires_at  bigint NOT NULL
);
CREATE INDEX membership_batch_org ON membership_batch (org_id, id);
CREATE INDEX membership_batch_expires ON membership_batch (expires_at);

-- The file of a batch in sealed pieces, destroyed some time after its end.
CREATE TABLE membership_batch_file (
	batch_id bigint NOT NULL,
	seq      bigint NOT NULL,
	content  bytea  NOT NULL,
	PRIMARY KEY (batch_id, seq)
);

-- Rows of a batch that need a person: bad ones, likenesses to be decided, and
-- what a person readmitted by it was before. cells is sealed.
CREATE TABLE membership_batch_row (
	batch_id   bigint NOT NULL,
	line       bigint NOT NULL,
	kind       text   NOT NULL,
	state      text   NOT NULL,
	person_id  bigint NOT NULL,
	detail     text   NOT NULL,
	cells      bytea  NOT NULL,
	account_id bigint NOT NULL,
	PRIMARY KEY (batch_id, line)
);
CREATE INDEX membership_batch_row_kind ON membership_batch_row (batch_id, kind, state, line);
CREATE INDEX membership_batch_row_person ON membership_batch_row (person_id);

-- First loads that left indexes, and the words of their persons, to be made.
CREATE TABLE membership_load (
	batch_id bigint NOT NULL PRIMARY KEY
);

-- A list of members that leaves the system.
CREATE TABLE membership_export (
	id           bigint NOT NULL PRIMARY KEY,
	org_id       bigint NOT NULL,
	account_id   bigint NOT NULL,
	purpose      text   NOT NULL,
	reason       text   NOT NULL,
	format       text   NOT NULL,
	find         text   NOT NULL,
	reveal       bigint NOT NULL,
	lang         text   NOT NULL,
	people       bigint NOT NULL,
	state        text   NOT NULL,
	confirmed_by bigint NOT NULL,
	made_at      bigint NOT NULL,
	decided_at   bigint NOT NULL,
	expires_at   bigint NOT NULL,
	fetched_at   bigint NOT NULL
);
CREATE INDEX membership_export_state ON membership_export (state, org_id, id);
CREATE INDEX membership_export_account ON membership_export (account_id, id);
