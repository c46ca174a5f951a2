// Package backup writes everything an installation holds into one encrypted
// file and reads it back, on either engine: a backup of SQLite is restored into
// PostgreSQL and the other way round.
//
// # The format
//
// A backup is lines of JSON (RFC 8259, UTF-8, one value a line), packed by gzip
// and encrypted by age (age-encryption.org/v1) to one or more recipients. So it
// can be read without this program:
//
//	age -d -i key.txt odaq.age | gunzip | head -1
//
// The first line is the Header. Then, for each table in the order in which
// tables are made:
//
//	{"table":"figure","columns":["id","measure",…],"types":["bigint","text",…],"rows":2}
//	[10,"members",…]
//	[11,"members",…]
//	{"end":"figure","rows":2,"sha256":"…"}
//
// A row is an array in the order of the columns: bigint a number without a
// fraction, text a string, bytea a string in base64 (RFC 4648, section 4), NULL
// null. Rows are in the order of the primary key. The digest is of the lines of
// the rows with their line ends, so tables of equal content have equal digests
// on every engine that orders text by its bytes. The last line is
//
//	{"end":"backup","tables":1,"rows":2,"sha256":"…"}
//
// with the digest of all lines before it that are objects: header, tables, ends.
// A file without it was cut. age notices a changed file too; the digests also
// find what went wrong before or inside of the encryption.
//
// JSON because every language reads it in thirty years, and because its reader
// and writer are in the standard library and know the three types of our
// columns. CBOR would be smaller before packing and needs a library.
//
// # What is not in it
//
// The keyset file. The header has a keyed fingerprint of it and the numbers of the
// keys that are needed, by which a restore knows the right one. The tables by which
// migrations are noted: a restore makes them anew and compares the header's list of
// schema files.
package backup
