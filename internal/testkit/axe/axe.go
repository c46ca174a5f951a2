// Package axe checks the page open in a chromedp browser for barriers to people with disabilities.
//
// It carries axe-core 4.14.1 (MPL-2.0, see LICENSE and LICENSE-3RD-PARTY.txt), for tests only.
package axe

import (
	"context"
	_ "embed"
	"fmt"
	"strings"

	"github.com/chromedp/chromedp"
)

//go:embed axe.min.js
var source string

// Violation is a rule the page breaks and where.
type Violation struct {
	ID     string `json:"id"`
	Impact string `json:"impact"`
	Help   string `json:"help"`
	Nodes  []Node `json:"nodes"`
}

// Node is a place in the page: its selector, its source, and what is wrong there.
type Node struct {
	Target  []any  `json:"target"` // a selector; a list of them inside frames
	HTML    string `json:"html"`
	Summary string `json:"failureSummary"`
}

// String tells the violation with its first five places.
func (v Violation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s): %s", v.ID, v.Impact, v.Help)
	for i, n := range v.Nodes {
		if i == 5 {
			fmt.Fprintf(&b, "\n  … and %d more", len(v.Nodes)-i)
			break
		}
		fmt.Fprintf(&b, "\n  %v %s\n    %s", n.Target, n.HTML, strings.ReplaceAll(n.Summary, "\n", "\n    "))
	}
	return b.String()
}

const run = `axe.run(document, {
	runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
	resultTypes: ["violations"],
}).then(r => r.violations)`

// Run checks the page open in the chromedp context against WCAG 2.0, 2.1 and 2.2, levels A and AA, and
// axe-core's best practices.
func Run(ctx context.Context) ([]Violation, error) {
	if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](source)); err != nil {
		return nil, fmt.Errorf("axe: loading: %w", err)
	}
	found, err := chromedp.Run(ctx, chromedp.Evaluate[[]Violation](run, chromedp.EvalAwaitPromise))
	if err != nil {
		return nil, fmt.Errorf("axe: %w", err)
	}
	return found, nil
}
