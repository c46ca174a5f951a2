-- The keys of the keyset file that something here may be sealed with: a file
-- that lacks one of them is not this database's. No key is in it, only numbers.
CREATE TABLE seal_key (
	id      bigint NOT NULL PRIMARY KEY,
	purpose text   NOT NULL,
	made_at bigint NOT NULL
);
