package text

import "embed"

//go:embed locale/*.toml
var locale embed.FS
