package nationalid

import "embed"

// Locale has the words of the reasons in kk, ru and en.
//
//go:embed locale/*.toml
var Locale embed.FS
