// The voting booth's half of the protocol, in the browser: it makes the ballots that
// odaq/belenios verifies. FORMAT is belenios/FORMAT.md.
//
//   const election = await load(text);
//   const voter = await derive(election, typed);
//   const ballot = make(election, voter, [[0, 1, 0], [2, 1]]);
//
// The voter is shown ballot.tracker; then she casts ballot.text, or spoils it: the
// booth shows ballot.opening, and on any device audit(election, text, opening) tells
// what the ballot held. A ballot once opened must never be cast.

export { audit, make, valid } from "./ballot.ts";
export type { Ballot, Choices } from "./ballot.ts";
export { CredentialError, derive, normalise } from "./credential.ts";
export type { Voter } from "./credential.ts";
export { load, slots } from "./election.ts";
export type { Election, Homomorphic, NonHomomorphic, Question } from "./election.ts";
