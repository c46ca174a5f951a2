// Package ui is the design system: the components every page is made of.
//
// Two kinds of component, one rule each:
//
//   - what is complete in itself is a struct that is a templ.Component: @ui.Tag{Label: "Жаңа", Tone: ui.Info};
//   - what frames other content is a function with children: @ui.Section(ui.Head{Title: "…"}) { … }.
//
// A page is a value too: ui.Shell{Title: …, Body: page}.Render(ctx, w).
//
// The package knows no language and nothing of a federation: every text is passed in, already translated
// and formatted; numbers are passed as text, and as float64 only where a position is drawn from them.
// No component writes a style attribute, an event attribute or an inline script, so pages run under
// Content-Security-Policy default-src 'self'. Every component works without JavaScript.
//
// Layout classes for page templates: stack-s, stack, stack-l (vertical rhythm), pair (two equal columns),
// split (1.6 to 1), aside (text and a 21rem side column), measure (44rem), tools (a row of buttons),
// lead, prose, small, muted, num, vh (for screen readers only), noprint.
package ui
