-- Changes of the tree are made one after another: two that are each right can
-- together make a circle. The row is taken first in every such transaction.
CREATE TABLE structure_turn (
	id   bigint NOT NULL PRIMARY KEY,
	turn bigint NOT NULL
);

-- Posts of an organisation.
CREATE TABLE structure_post (
	id       bigint NOT NULL PRIMARY KEY,
	org_id   bigint NOT NULL,
	title_kk text   NOT NULL,
	title_ru text   NOT NULL,
	title_en text   NOT NULL,
	elected  bigint NOT NULL,
	chair    bigint NOT NULL,
	from_day bigint NOT NULL,
	to_day   bigint NOT NULL,
	decision text   NOT NULL,
	made_at  bigint NOT NULL
);
CREATE INDEX structure_post_org ON structure_post (org_id, id);

-- Who held a post from a day to a day.
CREATE TABLE structure_term (
	id         bigint NOT NULL PRIMARY KEY,
	post_id    bigint NOT NULL,
	org_id     bigint NOT NULL,
	holder     text   NOT NULL,
	person_id  bigint NOT NULL,
	bars       text   NOT NULL,
	from_day   bigint NOT NULL,
	to_day     bigint NOT NULL,
	decision   text   NOT NULL,
	ended_by   text   NOT NULL,
	account_id bigint NOT NULL,
	made_at    bigint NOT NULL
);
CREATE INDEX structure_term_org ON structure_term (org_id, from_day, id);
CREATE INDEX structure_term_post ON structure_term (post_id, from_day);
CREATE INDEX structure_term_person ON structure_term (person_id);

-- Classifiers and boundaries as imported.
CREATE TABLE structure_territory (
	code     text  NOT NULL PRIMARY KEY,
	parent   text  NOT NULL,
	region   text  NOT NULL,
	level    text  NOT NULL,
	name_kk  text  NOT NULL,
	name_ru  text  NOT NULL,
	name_en  text  NOT NULL,
	sort_key bytea NOT NULL
);
CREATE INDEX structure_territory_region ON structure_territory (region, sort_key);
CREATE INDEX structure_territory_parent ON structure_territory (parent, sort_key);

CREATE TABLE structure_activity (
	code    text NOT NULL PRIMARY KEY,
	parent  text NOT NULL,
	level   text NOT NULL,
	name_kk text NOT NULL,
	name_ru text NOT NULL,
	name_en text NOT NULL
);

CREATE TABLE structure_boundary (
	region   text   NOT NULL PRIMARY KEY,
	path     text   NOT NULL,
	x        bigint NOT NULL,
	y        bigint NOT NULL,
	view_box text   NOT NULL,
	credit   text   NOT NULL
);
