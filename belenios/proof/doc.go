// Package proof has the building blocks of the zero-knowledge proofs of Belenios:
// ElGamal ciphertexts, proofs of one challenge and one response, and hashes to
// scalars (FORMAT.md §1). What the proofs are about stands in the packages of
// ballots, trustees and so on.
//
// The proofs are those of Schnorr made non-interactive with SHA-256. Challenges
// are hashes reduced modulo the order of the group, so on Ed25519 they are very
// slightly biased, and the hash does not contain the key the proof is about: each
// use must see to it that its prefix ties the proof to its purpose (FORMAT §15).
//
// All randomness comes from crypto/rand.
package proof
