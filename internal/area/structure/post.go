package structure

import (
	"context"
	"slices"
	"strings"

	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/org"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
)

// PostRequest asks to make a post of an organisation.
type PostRequest struct {
	Org      id.ID
	Title    text.Names
	Elected  bool
	Chair    bool // whoever holds it leads the organisation
	Day      cal.Day
	Decision string
}

// MakePost makes a post.
func (a *Area) MakePost(ctx context.Context, r PostRequest) (id.ID, error) {
	f := fault.Check()
	checkNames(f, "title", r.Title)
	a.checkWhen(f, r.Day, r.Decision)
	if err := f.OrNil(); err != nil {
		return 0, err
	}
	request := act.Request{Action: Post, Org: r.Org, Decision: r.Decision, Input: r}
	return act.Do(ctx, a.desk, request, func(tx *act.Tx) (id.ID, error) {
		if err := alive(ctx, tx, r.Org, r.Day); err != nil {
			return 0, err
		}
		p := post{ID: id.New(), Org: r.Org, Title: *trimmed(r.Title), Elected: r.Elected || r.Chair, Chair: r.Chair,
			From: r.Day, To: cal.Forever, Decision: strings.TrimSpace(r.Decision)}
		tx.Changed(ref.To("post", p.ID), nil, p)
		return p.ID, insertPost(ctx, tx.Tx, p, tx.Now)
	})
}

// alive refuses an organisation that does not exist on the day.
func alive(ctx context.Context, tx *act.Tx, o id.ID, day cal.Day) error {
	v, err := org.Get(ctx, tx, o, day)
	if err == nil && !v.Alive() || fault.Is(err, fault.NotFound) {
		return fault.Check().In("day", "structure.wrong.org-absent", "Day", day)
	}
	return err
}

// TermRequest asks to record who holds a post from a day on.
type TermRequest struct {
	Org      id.ID
	Post     id.ID
	Holder   string
	Person   id.ID    // of the register of members; 0 if not known there
	Bars     []string // codes of the profile's officer bars that the person declared
	From, To cal.Day  // half-open; To is cal.Forever where no end is set
	Decision string
}

// Appoint records a term. Whoever is barred by law from elected bodies, an
// employer's representative above all, is refused for an elected post, with the
// reason and the article.
func (a *Area) Appoint(ctx context.Context, r TermRequest) (id.ID, error) {
	f := fault.Check()
	r.Holder = strings.Join(strings.Fields(r.Holder), " ")
	if r.Holder == "" {
		f.In("holder", "fault.required")
	}
	checkLine(f, "holder", r.Holder, maxName)
	a.checkWhen(f, r.From, r.Decision)
	if r.To <= r.From {
		f.In("to", "structure.wrong.term-end")
	}
	for _, b := range r.Bars {
		if _, ok := a.profile.OfficerBar(b); !ok {
			f.In("bars", "fault.choice")
		}
	}
	if err := f.OrNil(); err != nil {
		return 0, err
	}
	request := act.Request{Action: Post, Org: r.Org, Decision: r.Decision, Input: r}
	return act.Do(ctx, a.desk, request, func(tx *act.Tx) (id.ID, error) {
		if err := takeTurn(ctx, tx.Tx); err != nil {
			return 0, err
		}
		if err := alive(ctx, tx, r.Org, r.From); err != nil {
			return 0, err
		}
		all, err := posts(ctx, tx, r.Org, false)
		if err != nil {
			return 0, err
		}
		i := slices.IndexFunc(all, func(p post) bool { return p.ID == r.Post })
		if i < 0 {
			return 0, fault.Absent()
		}
		if err := a.eligible(all[i], r); err != nil {
			return 0, err
		}
		t := term{ID: id.New(), Post: r.Post, Org: r.Org, Holder: r.Holder, Person: r.Person, Bars: strings.Join(r.Bars, ","),
			From: r.From, To: r.To, Decision: strings.TrimSpace(r.Decision)}
		tx.Changed(ref.To("term", t.ID), nil, t)
		return t.ID, insertTerm(ctx, tx.Tx, t, tx.Actor.Account, tx.Now)
	})
}

// eligible is the rule of who may hold a post when.
func (a *Area) eligible(p post, r TermRequest) error {
	if p.Elected && len(r.Bars) > 0 {
		bar, _ := a.profile.OfficerBar(r.Bars[0])
		law, _ := a.profile.Law(bar.Basis.Law)
		return fault.Check().In("bars", "structure.wrong.barred", "Reason", bar.Reason, "Law", law.Name, "Article", bar.Basis.Article)
	}
	if r.From < p.From {
		return fault.Check().In("day", "structure.wrong.before-post", "Day", p.From)
	}
	for _, t := range p.Terms {
		if t.From < r.To && r.From < t.To {
			return fault.Check().In("day", "structure.wrong.post-held", "From", t.From, "To", t.To)
		}
	}
	return nil
}

// EndTermRequest asks to end a term on a day; the day itself no longer belongs to it.
type EndTermRequest struct {
	Org      id.ID
	Term     id.ID
	Day      cal.Day
	Decision string
}

// EndTerm ends a term.
func (a *Area) EndTerm(ctx context.Context, r EndTermRequest) error {
	f := fault.Check()
	a.checkWhen(f, r.Day, r.Decision)
	if err := f.OrNil(); err != nil {
		return err
	}
	request := act.Request{Action: Post, Org: r.Org, Decision: r.Decision, Input: r}
	_, err := act.Do(ctx, a.desk, request, func(tx *act.Tx) (id.ID, error) {
		t, err := getTerm(ctx, tx, r.Term)
		if err != nil {
			return 0, err
		}
		if t.Org != r.Org {
			return 0, fault.Absent()
		}
		if r.Day <= t.From || r.Day > t.To {
			return 0, fault.Check().In("day", "structure.wrong.not-in-term", "From", t.From, "To", t.To)
		}
		after := t
		after.To, after.EndedBy = r.Day, strings.TrimSpace(r.Decision)
		tx.Changed(ref.To("term", t.ID), t, after)
		return t.ID, endTerm(ctx, tx.Tx, t.ID, after.To, after.EndedBy)
	})
	return err
}
