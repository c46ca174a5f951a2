// Package canonical reads and writes the one accepted spelling of the JSON of
// Belenios (FORMAT.md §1): no white space, fields in a fixed order, strings
// unescaped except for the quotation mark, the backslash and control characters,
// scalars as decimal strings.
//
// The Reader accepts nothing but that spelling, so what it has read is byte for
// byte what the Append functions would write. There is no step of writing again
// and comparing, and hashes of texts bind what they say.
package canonical
