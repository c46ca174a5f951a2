// Package rekey follows the rotation of the keys of package seal through the
// database: it says which key still holds what, seals everything anew that is
// under an old key, and so lets old keys go.
//
// The order is: new keys (seal.Rotate), Reseal, seal.Retire. In between nothing
// is out of reach: a value opens with the key it names, and a fingerprint is
// looked for under every key.
//
// Reseal has no place of its own to go on from after a crash: each value says
// whose it is, so what is left to do is found again. It works a few hundred rows
// at a time, opens and seals outside of the transaction, and replaces a value
// only where it is still the one that was read, so that it can run beside
// servers that know the new keys.
//
// One-time codes and recovery codes are kept as fingerprints and nowhere else:
// nobody can make new fingerprints of them. They end with their key.
package rekey
