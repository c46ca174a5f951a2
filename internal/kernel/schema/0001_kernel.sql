-- Organisations: the events are the truth, versions and closure are folded
-- from them. All three are reference tables on a distributed database.
CREATE TABLE org_event (
	id         bigint NOT NULL PRIMARY KEY,
	org_id     bigint NOT NULL,
	kind       text   NOT NULL,
	day        bigint NOT NULL,
	decision   text   NOT NULL,
	detail     text   NOT NULL,
	account_id bigint NOT NULL,
	made_at    bigint NOT NULL
);
CREATE INDEX org_event_org ON org_event (org_id, day, id);
CREATE INDEX org_event_day ON org_event (day, id);

CREATE TABLE org_version (
	org_id       bigint NOT NULL,
	from_day     bigint NOT NULL,
	to_day       bigint NOT NULL,
	kind         text   NOT NULL,
	status       text   NOT NULL,
	parent_id    bigint NOT NULL,
	territory    text   NOT NULL,
	place        text   NOT NULL,
	activity     text   NOT NULL,
	name_kk      text   NOT NULL,
	name_ru      text   NOT NULL,
	name_en      text   NOT NULL,
	sort_key     bytea  NOT NULL,
	search_key   text   NOT NULL,
	bin          text   NOT NULL,
	registration text   NOT NULL,
	address      text   NOT NULL,
	employer     text   NOT NULL,
	PRIMARY KEY (org_id, from_day)
);
CREATE INDEX org_version_parent ON org_version (parent_id, sort_key, org_id);
CREATE INDEX org_version_bin ON org_version (bin);
CREATE INDEX org_version_territory ON org_version (territory, kind);

CREATE TABLE org_closure (
	ancestor_id   bigint NOT NULL,
	descendant_id bigint NOT NULL,
	depth         bigint NOT NULL,
	from_day      bigint NOT NULL,
	to_day        bigint NOT NULL,
	PRIMARY KEY (ancestor_id, descendant_id, from_day)
);
CREATE INDEX org_closure_descendant ON org_closure (descendant_id, from_day);

-- Words of organisations' names, folded, for prefix search.
CREATE TABLE org_word (
	word   text   NOT NULL,
	org_id bigint NOT NULL,
	PRIMARY KEY (word, org_id)
);
CREATE INDEX org_word_org ON org_word (org_id);

-- Access: who holds which role where, from when to when, by which decision.
CREATE TABLE access_grant (
	id         bigint NOT NULL PRIMARY KEY,
	account_id bigint NOT NULL,
	role       text   NOT NULL,
	org_id     bigint NOT NULL,
	from_day   bigint NOT NULL,
	to_day     bigint NOT NULL,
	decision   text   NOT NULL,
	made_at    bigint NOT NULL
);
CREATE INDEX access_grant_account ON access_grant (account_id);
CREATE INDEX access_grant_org ON access_grant (org_id);

-- Audit: append-only and chained by hash. audit_head holds one row that is
-- locked while the next entry is linked.
CREATE TABLE audit_entry (
	seq        bigint NOT NULL PRIMARY KEY,
	at         bigint NOT NULL,
	account_id bigint NOT NULL,
	agent      text   NOT NULL,
	action     text   NOT NULL,
	record     text   NOT NULL,
	org_id     bigint NOT NULL,
	decision   text   NOT NULL,
	reason     text   NOT NULL,
	changes    text   NOT NULL,
	prev       bytea  NOT NULL,
	hash       bytea  NOT NULL
);
CREATE INDEX audit_entry_record ON audit_entry (record, seq);
CREATE INDEX audit_entry_account ON audit_entry (account_id, seq);
CREATE INDEX audit_entry_org ON audit_entry (org_id, seq);
CREATE TABLE audit_head (
	id   bigint NOT NULL PRIMARY KEY,
	seq  bigint NOT NULL,
	hash bytea  NOT NULL
);

-- Answers of acts that came with an idempotency key.
CREATE TABLE act_key (
	account_id bigint NOT NULL,
	key        text   NOT NULL,
	action     text   NOT NULL,
	digest     bytea  NOT NULL,
	result     text   NOT NULL,
	made_at    bigint NOT NULL,
	PRIMARY KEY (account_id, key)
);
CREATE INDEX act_key_made ON act_key (made_at);
