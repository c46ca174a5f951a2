-- Figures as somebody published them. Two sources may disagree; both are kept.
CREATE TABLE figure (
	id         bigint NOT NULL PRIMARY KEY,
	org_id     bigint NOT NULL,
	territory  text   NOT NULL,
	measure    text   NOT NULL,
	day        bigint NOT NULL,
	value      bigint NOT NULL,
	unit       text   NOT NULL,
	population text   NOT NULL,
	source     text   NOT NULL,
	status     text   NOT NULL,
	note       text   NOT NULL
);
CREATE INDEX figure_subject ON figure (org_id, territory, measure, day);
