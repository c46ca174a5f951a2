-- What the end of the time of keeping looks for: who left, and cards whose time
-- is over.
CREATE INDEX membership_person_former ON membership_person (id) WHERE status = 'former';
CREATE INDEX membership_card_until ON membership_card (until_day);
