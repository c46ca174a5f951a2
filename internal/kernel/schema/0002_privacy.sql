-- Secrets: what opens the fields of one person. Destroying a row shreds them.
CREATE TABLE privacy_secret (
	person_id bigint NOT NULL PRIMARY KEY,
	secret    bytea  NOT NULL,
	made_at   bigint NOT NULL
);

-- Persons whose secret was destroyed: re-applied after every restore.
CREATE TABLE privacy_erased (
	person_id bigint NOT NULL PRIMARY KEY,
	at        bigint NOT NULL
);
CREATE INDEX privacy_erased_at ON privacy_erased (at, person_id);

-- Who saw what about whom: append-only. person_id 0 is a list of org_id.
CREATE TABLE privacy_disclosure (
	person_id  bigint NOT NULL,
	id         bigint NOT NULL,
	at         bigint NOT NULL,
	account_id bigint NOT NULL,
	what       text   NOT NULL,
	purpose    text   NOT NULL,
	reason     text   NOT NULL,
	org_id     bigint NOT NULL,
	people     bigint NOT NULL,
	PRIMARY KEY (person_id, id)
);
CREATE INDEX privacy_disclosure_person ON privacy_disclosure (person_id, org_id, at, id);
CREATE INDEX privacy_disclosure_account ON privacy_disclosure (account_id, at);

-- The wordings that people consent to; a new wording is a new version.
CREATE TABLE privacy_wording (
	kind         text   NOT NULL,
	version      bigint NOT NULL,
	from_day     bigint NOT NULL,
	operator     text   NOT NULL,
	fields       text   NOT NULL,
	recipients   text   NOT NULL,
	abroad       text   NOT NULL,
	public       text   NOT NULL,
	months       bigint NOT NULL,
	body_kk      text   NOT NULL,
	body_ru      text   NOT NULL,
	body_en      text   NOT NULL,
	PRIMARY KEY (kind, version)
);

-- Consents: given and withdrawn with a day, never deleted while the person is kept.
CREATE TABLE privacy_consent (
	person_id    bigint NOT NULL,
	kind         text   NOT NULL,
	version      bigint NOT NULL,
	from_day     bigint NOT NULL,
	to_day       bigint NOT NULL,
	account_id   bigint NOT NULL,
	withdrawn_by bigint NOT NULL,
	made_at      bigint NOT NULL,
	id           bigint NOT NULL,
	PRIMARY KEY (person_id, id)
);
CREATE INDEX privacy_consent_kind ON privacy_consent (person_id, kind, to_day);

-- What people ask under data-protection law, with the day an answer is due.
CREATE TABLE privacy_request (
	person_id    bigint NOT NULL,
	id           bigint NOT NULL,
	kind         text   NOT NULL,
	detail       text   NOT NULL,
	received_day bigint NOT NULL,
	due_day      bigint NOT NULL,
	account_id   bigint NOT NULL,
	made_at      bigint NOT NULL,
	outcome      text   NOT NULL,
	answered_day bigint NOT NULL,
	answered_by  bigint NOT NULL,
	answer       text   NOT NULL,
	PRIMARY KEY (person_id, id)
);
CREATE INDEX privacy_request_due ON privacy_request (outcome, due_day, id);
