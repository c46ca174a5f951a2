// Package schema holds the kernel's tables: organisations, access, audit,
// privacy, jobs. Areas keep theirs in their own schema folders.
package schema

import "embed"

// FS has the migrations 0001_….sql in PostgreSQL spelling.
//
//go:embed *.sql
var FS embed.FS
