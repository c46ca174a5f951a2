// Package membership is the register of members (kk «мүшелік», ru «членство»):
// who belongs to which primary organisation from when to when.
//
// Invariants:
//   - A person has at most one open spell, across the whole federation; a
//     transfer ends one and begins another on the same day.
//   - History is kept: spells are ended, never deleted (but by the undo of an
//     import that brought them in, and by erasure, which leaves what law requires).
//   - The counts follow from the spells: every change of them writes its
//     difference into membership_tail in the same transaction (count.go).
//   - The national ID is sealed and found by a keyed blind index only; it is
//     never a key, never in a log, an error or a URL.
//   - Nobody but the own organisation's officers, the registrars above it, the
//     data officer and the person reaches a record. No employer, no state body.
package membership
