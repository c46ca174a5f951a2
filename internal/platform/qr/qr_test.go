package qr_test

import (
	"fmt"
	"strings"
	"testing"

	rsc "rsc.io/qr"

	"odaq/internal/platform/qr"
)

// TestRender reads the drawing back, module by module.
func TestRender(t *testing.T) {
	const text = "HTTPS://EXAMPLE.ORG/"
	var b strings.Builder
	if err := (qr.Code{Text: text, Label: `a "code"`}).Render(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	svg := b.String()
	if !strings.Contains(svg, `aria-label="a &#34;code&#34;"`) || strings.Contains(svg, "style") {
		t.Errorf("drawn as %s", svg)
	}
	want, err := rsc.Encode(text, rsc.M)
	if err != nil {
		t.Fatal(err)
	}
	_, d, _ := strings.Cut(svg, `/><path d="`)
	black := read(t, strings.TrimSuffix(d, `"/></svg>`))
	for y := range want.Size {
		for x := range want.Size {
			if black[[2]int{x + 4, y + 4}] != want.Black(x, y) {
				t.Fatalf("module %d, %d is wrong", x, y)
			}
		}
	}
	if n, err := (qr.Code{Text: text}).Size(); err != nil || n != want.Size {
		t.Errorf("size %d, %v", n, err)
	}
}

func TestTooLong(t *testing.T) {
	if err := (qr.Code{Text: strings.Repeat("a", 2400)}).Render(t.Context(), &strings.Builder{}); err == nil {
		t.Error("a text that does not fit was drawn")
	}
}

func read(t *testing.T, d string) map[[2]int]bool {
	t.Helper()
	black := map[[2]int]bool{}
	for run := range strings.SplitSeq(strings.TrimSuffix(d, "z"), "z") {
		var x, y, n, back int
		if _, err := fmt.Sscanf(run, "M%d %dh%dv1h-%d", &x, &y, &n, &back); err != nil || n != back {
			t.Fatalf("path %q: %v", run, err)
		}
		for i := range n {
			black[[2]int{x + i, y}] = true
		}
	}
	return black
}
