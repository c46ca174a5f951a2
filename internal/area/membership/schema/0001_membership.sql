-- A person whose membership the federation keeps. org_id, status and category
-- repeat the open spell, so that lists need one index. Distributed by id.
CREATE TABLE membership_person (
	id          bigint NOT NULL PRIMARY KEY,
	surname     text   NOT NULL,
	given       text   NOT NULL,
	patronymic  text   NOT NULL,
	sort_key    bytea  NOT NULL,
	birth_day   bigint NOT NULL,
	lang        text   NOT NULL,
	national_id bytea  NOT NULL,
	contact     bytea  NOT NULL,
	number      bigint NOT NULL,
	org_id      bigint NOT NULL,
	status      text   NOT NULL,
	category    text   NOT NULL,
	version     bigint NOT NULL,
	made_at     bigint NOT NULL
);
-- Both answer a page of a list without touching the rows that are not on it.
CREATE INDEX membership_person_sort ON membership_person (sort_key, id, org_id, status);
CREATE INDEX membership_person_org ON membership_person (org_id, sort_key, id, status);
CREATE INDEX membership_person_number ON membership_person (number);

-- One person in one primary organisation from a day to a day: the history.
-- sort_key repeats the person's once the spell is over, for lists of past days.
CREATE TABLE membership_spell (
	person_id     bigint NOT NULL,
	id            bigint NOT NULL,
	org_id        bigint NOT NULL,
	from_day      bigint NOT NULL,
	to_day        bigint NOT NULL,
	entry         text   NOT NULL,
	entry_basis   text   NOT NULL,
	leaving       text   NOT NULL,
	leaving_basis text   NOT NULL,
	batch_id      bigint NOT NULL,
	sort_key      bytea  NOT NULL,
	PRIMARY KEY (person_id, id)
);
-- One open spell a person, across the whole federation; 2932897 is cal.Forever.
CREATE UNIQUE INDEX membership_spell_open ON membership_spell (person_id) WHERE to_day = 2932897;
CREATE INDEX membership_spell_past ON membership_spell (sort_key, person_id, org_id, from_day, to_day) WHERE to_day <> 2932897;
CREATE INDEX membership_spell_closed ON membership_spell (org_id, sort_key, person_id, from_day, to_day) WHERE to_day <> 2932897;
CREATE INDEX membership_spell_org ON membership_spell (org_id, from_day);
CREATE INDEX membership_spell_batch ON membership_spell (batch_id) WHERE batch_id <> 0;

-- What else happened to a membership: suspension, reinstatement, category.
CREATE TABLE membership_event (
	person_id  bigint NOT NULL,
	id         bigint NOT NULL,
	kind       text   NOT NULL,
	day        bigint NOT NULL,
	detail     text   NOT NULL,
	basis      text   NOT NULL,
	account_id bigint NOT NULL,
	made_at    bigint NOT NULL,
	PRIMARY KEY (person_id, id)
);

-- Values that must be unique over all persons: the blind index of the national ID.
CREATE TABLE membership_key (
	kind      text   NOT NULL,
	value     bytea  NOT NULL,
	person_id bigint NOT NULL,
	PRIMARY KEY (kind, value)
);
CREATE INDEX membership_key_person ON membership_key (person_id);

-- Folded words of names, for prefix search. org_id and status repeat the
-- person's, mark holds one bit for each beginning of the person's words
-- (markOf), so that a search passes over others without touching the person.
CREATE TABLE membership_word (
	word      text   NOT NULL,
	person_id bigint NOT NULL,
	org_id    bigint NOT NULL,
	status    text   NOT NULL,
	mark      bigint NOT NULL,
	PRIMARY KEY (word, person_id)
);
CREATE INDEX membership_word_person ON membership_word (person_id);

-- The next member number.
CREATE TABLE membership_number (
	id   bigint NOT NULL PRIMARY KEY,
	next bigint NOT NULL
);

-- Counts. The tail holds changes that are not folded yet; day holds the sum of
-- changes of each day; count the total of all changes before a checkpoint day.
CREATE TABLE membership_tail (
	id       bigint NOT NULL PRIMARY KEY,
	org_id   bigint NOT NULL,
	category text   NOT NULL,
	day      bigint NOT NULL,
	delta    bigint NOT NULL
);
CREATE TABLE membership_day (
	day      bigint NOT NULL,
	org_id   bigint NOT NULL,
	category text   NOT NULL,
	delta    bigint NOT NULL,
	PRIMARY KEY (day, org_id, category)
);
CREATE INDEX membership_day_org ON membership_day (org_id, day);
-- Holds the rows of one folding transaction, empty outside of it.
CREATE TABLE membership_fold (
	fold_id  bigint NOT NULL,
	day      bigint NOT NULL,
	org_id   bigint NOT NULL,
	category text   NOT NULL,
	delta    bigint NOT NULL,
	PRIMARY KEY (fold_id, day, org_id, category)
);
CREATE TABLE membership_checkpoint (
	day bigint NOT NULL PRIMARY KEY
);
CREATE TABLE membership_count (
	day      bigint NOT NULL,
	org_id   bigint NOT NULL,
	category text   NOT NULL,
	total    bigint NOT NULL,
	PRIMARY KEY (day, org_id, category)
);
CREATE INDEX membership_count_org ON membership_count (org_id, day);

-- Requests to be admitted; a person decides.
CREATE TABLE membership_application (
	id         bigint NOT NULL PRIMARY KEY,
	person_id  bigint NOT NULL,
	org_id     bigint NOT NULL,
	category   text   NOT NULL,
	day        bigint NOT NULL,
	state      text   NOT NULL,
	decided    bigint NOT NULL,
	decision   text   NOT NULL,
	reason     text   NOT NULL,
	account_id bigint NOT NULL,
	made_at    bigint NOT NULL
);
CREATE INDEX membership_application_org ON membership_application (org_id, state, made_at);
CREATE INDEX membership_application_person ON membership_application (person_id);
