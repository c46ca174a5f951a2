-- Keys that sign cards. seed is sealed. A key signs while its state is
-- 'signing'; 'verifying' ones are good until to_day; 'withdrawn' ones never.
CREATE TABLE membership_card_key (
	id       bigint NOT NULL PRIMARY KEY,
	public   bytea  NOT NULL,
	seed     bytea  NOT NULL,
	from_day bigint NOT NULL,
	to_day   bigint NOT NULL,
	state    text   NOT NULL
);

-- Cards issued; fingerprint is of the whole signed card. revoked_at 0: good.
CREATE TABLE membership_card (
	person_id   bigint NOT NULL,
	fingerprint bytea  NOT NULL,
	key_id      bigint NOT NULL,
	until_day   bigint NOT NULL,
	revoked_at  bigint NOT NULL,
	made_at     bigint NOT NULL,
	PRIMARY KEY (person_id, fingerprint)
);
CREATE INDEX membership_card_fingerprint ON membership_card (fingerprint);
CREATE INDEX membership_card_revoked ON membership_card (until_day, fingerprint) WHERE revoked_at <> 0;

-- The last day in the year on which cards are valid: one row.
CREATE TABLE membership_card_setting (
	id    bigint NOT NULL PRIMARY KEY,
	month bigint NOT NULL,
	day   bigint NOT NULL
);
INSERT INTO membership_card_setting (id, month, day) VALUES (1, 12, 31);
