// Package ballot makes and verifies the ballots of an election (FORMAT.md §8).
//
// A ballot has, for each question, ciphertexts under the key of the trustees and
// proofs that they encrypt a choice the question allows, and the signature of a
// credential. Every proof names the election and the credential, so a ballot can
// neither be moved to another election nor copied by another voter.
//
// What a verified ballot proves: somebody who knew the private credential made it,
// for this election, and knew what each ciphertext encrypts; for homomorphic
// questions that this is an allowed choice. It does not prove that the ciphertexts
// hold what the voter wanted: that is what auditing a ballot with an Opening is
// for, which shows what was encrypted and so spoils the ballot. Nor is the ballot
// free of receipts: a voter who keeps the randomness can prove how she voted.
//
// The hash of the signature does not contain the credential itself; it contains the
// hash of the ballot, of which the credential is a part (FORMAT §15).
package ballot
