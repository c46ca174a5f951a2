// Package trustee has the people who hold the keys of an election: single
// trustees, all of whom are needed, and groups of trustees of whom a threshold is
// enough (Pedersen), the ceremony in which such a group makes its keys, and the
// trustees file of an election (FORMAT.md §5, §6, §7).
//
// Nothing is read or written: every step takes and gives values that have a
// canonical text, and the caller carries them between people.
//
// A ceremony proves little by itself about who took part. In the form of Belenios
// 2.0 nothing ties a trustee to the list of certificates the others have seen, so
// a lying server can show different lists to different people. Before voting opens
// trustees must therefore compare, by telephone or in person, Setup.Hash and the
// Hash of the finished Trustees (FORMAT §7).
package trustee
