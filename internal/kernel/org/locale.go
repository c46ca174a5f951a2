package org

import "embed"

// Locale has the words for kinds, states, events and refusals.
//
//go:embed locale
var Locale embed.FS
