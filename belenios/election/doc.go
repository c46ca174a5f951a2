// Package election has what is fixed before anybody votes: the election file with
// its questions, and the credentials of the voters (FORMAT.md §3 and §4).
package election
