// Package belenios verifies elections of Belenios's "crypto version 1" from their
// archives alone: that every ballot was cast with a credential of the list and
// holds allowed choices, that exactly the last ballot of each credential is
// counted, and that the result is what these ballots hold (FORMAT.md).
//
// An auditor needs nothing but the archive and what the people of the election
// have published apart from it: the fingerprints of the election, of the trustees
// and of the credentials, which are in the Report to be compared. Who has a
// tracker looks for the ballot with Find; who has kept an older copy of the
// archive compares it with Diff.
//
// # What is not proved
//
// That the list of credentials has the right people; that a credential was used
// by the person it was given to, for the authority and the server together can
// vote for those who abstain; that the device of a voter encrypted what she
// chose, unless she audited it. Nobody can see how somebody voted while fewer than
// the threshold of trustees act together; but there is no secrecy against
// quantum computers, and a result of few ballots speaks for itself. A voter who
// helps can prove how she voted.
//
// # Notes on the format (FORMAT §15)
//
// Hashes of proofs leave out the key they are about in ballot signatures and
// trustees' messages; the hash of the ballot, which has the credential in it, makes
// up for that in the first. Challenges are SHA-256 reduced modulo the order of the
// group, 252 to 256 bits with a slight bias. Belenios 4.0 is to change both. A
// private credential has 82 bits, to which the 1000 rounds of PBKDF2 add about 10.
// Nothing ties the trustees of a threshold group to one list of certificates, as
// Belenios does since 2.5.1: they must compare it out of band.
//
// Beyond what belenios-tool 2.0 looks at, this package refuses: repeated ballots
// (as Belenios since 2.1), a published tally or counters that are not those of the
// ballots (3.1), elements outside the group in shuffles, certificates and
// everywhere else (3.3), events out of order or more than once, and any text that
// is not the canonical one. A partial decryption that is wrong is refused too, as
// in 2.0; since 3.3 Belenios goes on without it.
package belenios
