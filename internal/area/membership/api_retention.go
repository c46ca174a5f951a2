package membership

import (
	"context"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/text"
)

// KindKept is a kind of record: how long it is kept and how many are due.
type KindKept struct {
	Kind        string     `json:"kind"`
	Name        text.Names `json:"name"`
	Term        string     `json:"term,omitempty" doc:"\"3 years\"; empty where it is kept for good"`
	After       string     `json:"after,omitempty" doc:"The event that starts the time"`
	Action      string     `json:"action" enum:"keep,blank,delete,shred" doc:"What happens when the time is over"`
	Note        text.Names `json:"note,omitzero"`
	Law         string     `json:"law,omitempty" doc:"Code of the law; empty for the federation's own rule"`
	Article     string     `json:"article,omitempty"`
	NeedsReview bool       `json:"needs_review" doc:"A lawyer should check the time"`
	Due         int64      `json:"due" doc:"Records whose time is over"`
	Next        cal.Day    `json:"next" doc:"When the next one's time is over; empty if there is none"`
}

func (a *Area) apiRetention(ctx context.Context, _ *struct{}) (*reply[[]KindKept], error) {
	if _, err := a.readable(ctx, a.desk.DB.Read(), Requests); err != nil {
		return nil, err
	}
	lines, err := a.retentionLines(ctx)
	if err != nil {
		return nil, err
	}
	out := []KindKept{}
	for _, l := range lines {
		r := l.Rule
		out = append(out, KindKept{r.Record, r.Name, r.Term.String(), r.After, r.Action, r.Note, r.Basis.Law, r.Basis.Article, r.Basis.NeedsReview, l.Due, l.Next})
	}
	return &reply[[]KindKept]{out}, nil
}
