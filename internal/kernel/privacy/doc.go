// Package privacy is what every area needs to keep people's data lawfully:
//
//   - Register: which columns hold what about whom, for which purpose, on which
//     legal basis, for how long, and what an erasure does to them;
//   - secrets: the key of each person's sealed fields, whose destruction shreds
//     them (package seal);
//   - Keeping: how long each kind of record is kept, and its end when that is over;
//   - disclosures: the append-only log of who saw what, readable by the person;
//   - consents to numbered wordings, and requests with the day an answer is due;
//   - Suppress: the small-cell rules of published tables, with no SQL.
//
// Periods and thresholds are parameters: they come from the country profile.
//
// # Erasure and backups
//
// Erase blanks or shreds what the register says and notes the person in
// privacy_erased. A backup taken earlier still holds the secret, so after every
// restore the list of the erased, which must be kept apart from the backup,
// is applied again before the system opens: Erased reads it, and package backup
// keeps it and has it applied.
// A database file may keep deleted bytes until their page is written again:
// DestroySecret overwrites the secret first, and an operator who must be sure
// runs VACUUM, lets the write-ahead log be checkpointed, and lets backups expire.
package privacy
