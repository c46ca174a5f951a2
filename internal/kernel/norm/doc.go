// Package norm compares what documents promise workers: it says of every clause
// whether it is better or worse than what binds it, and of every worker what
// each norm gives them on a day. (норма; жағдайды жақсарту қағидасы, принцип
// улучшения положения работника)
//
// Everything national is data of package profile: norm types with their
// direction, units, statutory bounds with their articles, which document binds
// which, what a document must contain. For Kazakhstan these stand on the Labour
// Code: a clause that worsens a worker's position against the law is invalid
// (10(2), 153(7)), a collective agreement may not worsen against agreements
// above it (157(3)), the most favourable of several agreements applies on the
// worker's written application (150(5)), mandatory contents (153(5)4, 157(1)).
//
// A Book is a set of documents that fits the profile. A Day is the Book seen on
// one day, with that day's parameters; it answers
//
//   - Verdicts of a document: better, equal, worse (void, the bound applies),
//     incomparable (to a lawyer), not comparable, missing;
//   - Rights of a worker: the value in force by default and the best available
//     on written application;
//   - Changes (of the Book): the clauses whose verdict differs from the day
//     before, found from what changed, without looking at the rest.
//
// Numbers are exact (math/big.Rat). The machine proposes, a lawyer confirms.
package norm
