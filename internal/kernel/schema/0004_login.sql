-- Accounts: who may sign in. E-mail address and telephone number are sealed;
-- an address is found, and kept unique, by its blind index in login_key.
CREATE TABLE login_account (
	id        bigint NOT NULL PRIMARY KEY,
	person_id bigint NOT NULL,
	label     text   NOT NULL,
	email     bytea  NOT NULL,
	phone     bytea  NOT NULL,
	language  text   NOT NULL,
	state     text   NOT NULL,
	made_at   bigint NOT NULL
);

-- What belongs to one account only: e-mail address (blind index), person,
-- passkey, subject at an identity provider.
CREATE TABLE login_key (
	kind       text   NOT NULL,
	value      bytea  NOT NULL,
	account_id bigint NOT NULL,
	PRIMARY KEY (kind, value)
);
CREATE INDEX login_key_account ON login_key (account_id, kind);

-- One-time codes, by blind index.
CREATE TABLE login_code (
	value      bytea  NOT NULL PRIMARY KEY,
	account_id bigint NOT NULL,
	kind       text   NOT NULL,
	uses_left  bigint NOT NULL,
	second     bigint NOT NULL,
	made_at    bigint NOT NULL,
	expires_at bigint NOT NULL
);
CREATE INDEX login_code_account ON login_code (account_id);
CREATE INDEX login_code_expires ON login_code (expires_at);

CREATE TABLE login_password (
	account_id bigint NOT NULL PRIMARY KEY,
	hash       text   NOT NULL,
	changed_at bigint NOT NULL
);

CREATE TABLE login_passkey (
	account_id bigint NOT NULL,
	credential bytea  NOT NULL,
	id         bigint NOT NULL,
	name       text   NOT NULL,
	data       text   NOT NULL,
	made_at    bigint NOT NULL,
	used_at    bigint NOT NULL,
	PRIMARY KEY (account_id, credential)
);

-- Time-based codes (RFC 6238): the sealed secret; last_step is the newest time
-- step a code was taken for, so that none is taken twice.
CREATE TABLE login_totp (
	account_id   bigint NOT NULL PRIMARY KEY,
	secret       bytea  NOT NULL,
	made_at      bigint NOT NULL,
	confirmed_at bigint NOT NULL,
	last_step    bigint NOT NULL
);
CREATE TABLE login_recovery (
	account_id bigint NOT NULL,
	value      bytea  NOT NULL,
	PRIMARY KEY (account_id, value)
);

-- Browser sessions: the key is the hash of the cookie's token. account_id is 0
-- while somebody is still signing in.
CREATE TABLE login_session (
	key        bytea  NOT NULL PRIMARY KEY,
	id         bigint NOT NULL,
	account_id bigint NOT NULL,
	data       bytea  NOT NULL,
	device     text   NOT NULL,
	idle       bigint NOT NULL,
	made_at    bigint NOT NULL,
	seen_at    bigint NOT NULL,
	ends_at    bigint NOT NULL
);
CREATE INDEX login_session_account ON login_session (account_id, seen_at);
CREATE INDEX login_session_ends ON login_session (ends_at);

-- Personal access tokens, by hash.
CREATE TABLE login_token (
	hash       bytea  NOT NULL PRIMARY KEY,
	id         bigint NOT NULL,
	account_id bigint NOT NULL,
	name       text   NOT NULL,
	scopes     text   NOT NULL,
	second     bigint NOT NULL,
	made_at    bigint NOT NULL,
	expires_at bigint NOT NULL,
	used_at    bigint NOT NULL
);
CREATE INDEX login_token_account ON login_token (account_id, id);

-- How often somebody tried: the time at which the allowance is full again (the
-- generic cell rate algorithm keeps nothing else).
CREATE TABLE login_limit (
	key     bytea  NOT NULL PRIMARY KEY,
	full_at bigint NOT NULL
);
CREATE INDEX login_limit_full ON login_limit (full_at);

-- Messages to be sent by e-mail or SMS; recipient and content are sealed.
CREATE TABLE mail_outbox (
	id       bigint NOT NULL PRIMARY KEY,
	channel  text   NOT NULL,
	content  bytea  NOT NULL,
	state    text   NOT NULL,
	attempts bigint NOT NULL,
	next_at  bigint NOT NULL,
	made_at  bigint NOT NULL,
	sent_at  bigint NOT NULL
);
CREATE INDEX mail_outbox_state ON mail_outbox (state, next_at, id);
