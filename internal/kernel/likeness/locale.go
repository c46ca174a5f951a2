package likeness

import "embed"

// Locale has the words of this package, for package text.
//
//go:embed locale/*.toml
var Locale embed.FS
