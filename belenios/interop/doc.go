// Package interop holds the tests that let Odaq and belenios-tool 2.0, the tool
// Debian ships, hold elections together: each step of an election (credentials,
// keys of trustees, ballots, tally, shuffles, decryptions) is done by the one or
// the other, and both must accept the archive and find the same result.
//
// The tests need the command belenios-tool. Without it they are skipped, and fail
// where CI=true.
package interop
