// Package db runs one text of SQL on SQLite, PostgreSQL and Citus.
//
// A statement is written once: placeholders are $1, $2 …; columns are bigint,
// text and bytea; time, randomness and folding are parameters computed in Go.
// Lint holds the rest of the rules.
//
// Reads go through Read (the reader pool) or View (one snapshot). Changes go
// through Write, one transaction that is all or nothing, or through Group for
// small hot writes that should share one fsync. Both return only after the
// commit is durable.
//
// The engines differ in one way a caller must know: SQLite runs one writer at
// a time, PostgreSQL runs many at read committed. A decision that rests on
// what was read needs a unique constraint, or an UPDATE whose WHERE repeats
// the condition and whose affected rows are checked.
//
// After a statement fails, its transaction refuses everything but a rollback,
// on both engines; wrap a statement that may fail in Tx.Savepoint.
package db
