// Package qr draws QR codes as SVG: one path, no style, black on white with the
// quiet zone the standard asks for, so that a page under a strict policy can
// show it and any printer prints it.
package qr

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"rsc.io/qr"
)

// quiet is the white border in modules (ISO/IEC 18004).
const quiet = 4

// Code is a QR code at error correction level M. It is a templ component.
type Code struct {
	Text  string // capital letters, digits and " $%*+-./:" take a third less room
	Label string // what it is, for screen readers
	Width int    // in CSS pixels; 0 fills the box it is put into
}

var _ templ.Component = Code{}

// Size is the number of modules on a side without the quiet zone: 21, 25 … 177.
func (c Code) Size() (int, error) {
	code, err := qr.Encode(c.Text, qr.M)
	if err != nil {
		return 0, fmt.Errorf("qr: %w", err)
	}
	return code.Size, nil
}

// Render writes the SVG; a text of more than 2,331 bytes is an error.
func (c Code) Render(_ context.Context, w io.Writer) error {
	code, err := qr.Encode(c.Text, qr.M)
	if err != nil {
		return fmt.Errorf("qr: %w", err)
	}
	side := code.Size + 2*quiet
	width := ""
	if c.Width > 0 {
		width = fmt.Sprintf(` width="%d" height="%d"`, c.Width, c.Width)
	}
	_, err = fmt.Fprintf(w, `<svg%s viewBox="0 0 %d %d" shape-rendering="crispEdges" role="img" aria-label="%s"><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		width, side, side, templ.EscapeString(c.Label), side, side, path(code))
	return err
}

// path draws each run of black modules in a row as one rectangle.
func path(code *qr.Code) string {
	var b strings.Builder
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			from := x
			for code.Black(x, y) {
				x++
			}
			if n := x - from; n > 0 {
				run := strconv.Itoa(n)
				b.WriteString("M" + strconv.Itoa(from+quiet) + " " + strconv.Itoa(y+quiet) + "h" + run + "v1h-" + run + "z")
			}
		}
	}
	return b.String()
}
