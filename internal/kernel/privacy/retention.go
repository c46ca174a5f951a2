package privacy

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/deadline"
	"odaq/internal/kernel/job"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/ref"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

// Kind is a kind of record that has one time of keeping: a record of the
// profile's retention.csv.
type Kind string

// The kinds of the kernel's tables; an area has its own besides.
const (
	KindPerson     Kind = "person" // a person's data in the register, and what hangs on them
	KindDisclosure Kind = "disclosure-log"
	KindConsent    Kind = "consent"
	KindRequest    Kind = "data-request"
	KindErased     Kind = "erased-list"
	KindAudit      Kind = "audit"
	KindRepeated   Kind = "repeated-request"
)

// Retain is the action of ending what has been kept for its time.
const Retain access.Action = "privacy.retain"

// Policy in words: nobody but the installation itself, by its job or the
// operator's command line, ends what has been kept for its time.
var Policy = access.Policy{{Action: Retain}}

// By is where a time must have begun in order to be over: on Day or before it,
// or before Instant where the clock counts.
type By struct {
	Day     cal.Day
	Instant cal.Instant
	zone    *time.Location
}

// Begin is the instant at which a day begins in the office's time zone.
func (b By) Begin(d cal.Day) cal.Instant { return begin(d, b.zone) }

func begin(d cal.Day, zone *time.Location) cal.Instant {
	y, m, day := d.Date()
	return cal.At(time.Date(y, m, day, 0, 0, 0, 0, zone))
}

// last is the last day of a term of days, months or years that began on d.
func last(t profile.Term, d cal.Day) cal.Day {
	switch t.Unit {
	case profile.Years:
		return d.AddMonths(12 * t.N)
	case profile.Months:
		return d.AddMonths(t.N)
	}
	return d + cal.Day(t.N)
}

// Over is the instant at which the time of what happened at since is over: so
// many hours later, or the midnight after the last day of the term.
func Over(t profile.Term, since cal.Instant, zone *time.Location) cal.Instant {
	if t.Unit == profile.Hours {
		return since.Add(time.Duration(t.N) * time.Hour)
	}
	return begin(last(t, cal.DayOf(since.Time().In(zone)))+1, zone)
}

// byNow is where times of a term must have begun to be over now.
func byNow(t profile.Term, now cal.Instant, zone *time.Location) By {
	if t.Unit == profile.Hours {
		at := now.Add(-time.Duration(t.N)*time.Hour) + 1
		return By{cal.DayOf(at.Time().In(zone)) - 1, at, zone}
	}
	today := cal.DayOf(now.Time().In(zone))
	day := today - cal.Day(t.N) - 1
	if t.Unit != profile.Days {
		day = last(profile.Term{N: -t.N, Unit: t.Unit}, today) - 1
		for last(t, day+1) < today { // months differ in length
			day++
		}
	}
	return By{day, begin(day+1, zone), zone}
}

// Ending is how records of a kind come to their end.
type Ending struct {
	Kind   Kind
	After  string // the event that starts the time, as the profile names it
	Action string // profile.Blank, Delete or Shred
	Batch  int    // records that one act ends
	// Due counts the records whose time is over and finds when the earliest of
	// the other times began; 0 if there is none.
	Due func(ctx context.Context, q db.Querier, by By) (n int64, next cal.Instant, err error)
	// End ends up to limit records whose time is over and returns their number.
	// It can be done again: what is ended is not found any more.
	End func(ctx context.Context, tx *act.Tx, by By, limit int) (int64, error)
}

// Keeping ends what has been kept for its time. The profile says how long each
// kind of record is kept, the register which columns are of the kind, and an
// Ending how it ends.
type Keeping struct {
	Desk     *act.Desk
	Profile  *profile.Profile
	Holdings *Register
	endings  []Ending
}

// Add adds endings while the application is put together.
func (k *Keeping) Add(endings ...Ending) { k.endings = append(k.endings, endings...) }

func (k *Keeping) ending(kind Kind) (Ending, bool) {
	i := slices.IndexFunc(k.endings, func(e Ending) bool { return e.Kind == kind })
	if i < 0 {
		return Ending{}, false
	}
	return k.endings[i], true
}

// Check finds where profile, register and program disagree: a kind of which the
// profile has no rule today, a rule for what nothing holds, and a rule that the
// program would carry out otherwise than it says.
func (k *Keeping) Check() error {
	var errs []error
	held := map[Kind]bool{}
	for _, h := range k.Holdings.holdings {
		if _, ok := k.Profile.Retention(string(h.Kind), k.Desk.Today()); !ok && !held[h.Kind] {
			errs = append(errs, fmt.Errorf("retention.csv has no rule today for %q, of which %s.%s is", h.Kind, h.Table, h.Column))
		}
		held[h.Kind] = true
	}
	for i, e := range k.endings {
		if slices.ContainsFunc(k.endings[:i], func(o Ending) bool { return o.Kind == e.Kind }) {
			errs = append(errs, fmt.Errorf("privacy: %q has two endings", e.Kind))
		}
		if !held[e.Kind] {
			errs = append(errs, fmt.Errorf("privacy: no holding is of the kind %q, which has an ending", e.Kind))
		}
	}
	for _, r := range k.Profile.Retentions {
		e, ends := k.ending(Kind(r.Record))
		switch {
		case !held[Kind(r.Record)]:
			errs = append(errs, fmt.Errorf("retention.csv: nothing that is held is a %q", r.Record))
		case r.Action == profile.Stays:
		case !ends:
			errs = append(errs, fmt.Errorf("retention.csv: %q can only be kept: the program has no way to end it", r.Record))
		case r.After != e.After || r.Action != e.Action:
			errs = append(errs, fmt.Errorf("retention.csv: %q: after must be %q and action %q, or the record kept", r.Record, e.After, e.Action))
		}
	}
	return errors.Join(errs...)
}

// Line is a kind of record with what is due of it.
type Line struct {
	Rule profile.Retention
	Due  int64   // records whose time is over
	Next cal.Day // when the time of the next one is over; cal.Forever if there is none
}

// Lines are the kinds in the order of the profile, with the rules of today.
func (k *Keeping) Lines(ctx context.Context, q db.Querier) ([]Line, error) {
	var out []Line
	for _, r := range k.rules() {
		line := Line{Rule: r, Next: cal.Forever}
		if e, ok := k.ending(Kind(r.Record)); ok && r.Action != profile.Stays {
			n, since, err := e.Due(ctx, q, k.by(r))
			if err != nil {
				return nil, fmt.Errorf("privacy: counting what is due of %s: %w", r.Record, err)
			}
			line.Due = n
			if since != 0 {
				line.Next = cal.DayOf(Over(r.Term, since, k.Desk.Zone).Time().In(k.Desk.Zone))
			}
		}
		out = append(out, line)
	}
	return out, nil
}

func (k *Keeping) rules() []profile.Retention {
	today := k.Desk.Today()
	return slices.DeleteFunc(slices.Clone(k.Profile.Retentions), func(r profile.Retention) bool { return today < r.From || r.Until <= today })
}

func (k *Keeping) by(r profile.Retention) By {
	return byNow(r.Term, k.Desk.Clock.Now(), k.Desk.Zone)
}

// Ended says how many records of a kind a run ended. Denied: the database lets
// only the owner of its tables delete them, as the log of disclosures.
type Ended struct {
	Rule   profile.Retention
	N      int64
	Denied bool
}

// Run ends what is due of the rules picked. Every batch is an act with an entry
// of its own, which holds numbers only; a run that is cut short goes on where
// it stopped when it is done again. One kind's error does not stop the others.
func (k *Keeping) Run(ctx context.Context, pick func(profile.Retention) bool) ([]Ended, error) {
	var out []Ended
	var errs []error
	for _, r := range k.rules() {
		e, ok := k.ending(Kind(r.Record))
		if !ok || r.Action == profile.Stays || !pick(r) {
			continue
		}
		n, err := k.end(ctx, e, r)
		denied := errors.Is(err, db.ErrDenied)
		if err != nil && !denied {
			errs = append(errs, fmt.Errorf("privacy: ending %s: %w", r.Record, err))
		}
		out = append(out, Ended{r, n, denied})
	}
	return out, errors.Join(errs...)
}

// All picks every rule.
func All(profile.Retention) bool { return true }

// errNothing takes back an act that found nothing to do.
var errNothing = errors.New("privacy: nothing is due")

func (k *Keeping) end(ctx context.Context, e Ending, r profile.Retention) (total int64, err error) {
	by := k.by(r)
	for {
		n, err := act.Do(ctx, k.Desk, act.Request{Action: Retain}, func(tx *act.Tx) (int64, error) {
			n, err := e.End(ctx, tx, by, e.Batch)
			if err == nil && n == 0 {
				err = errNothing
			}
			tx.Changed(ref.Ref{}, nil, map[string]any{"kind": r.Record, r.Action: n, "until": by.Day})
			return n, err
		})
		if errors.Is(err, errNothing) {
			return total, nil
		}
		total += n
		if err != nil || n < int64(e.Batch) {
			return total, err
		}
	}
}

// jobRetain is the job that ends what has been kept for its time.
const jobRetain = "privacy.retention"

// pace tells the two jobs apart: times of hours are looked at every hour, all
// others at night.
type pace struct {
	Hourly bool `json:"hourly"`
}

// Jobs registers the job and when it is done.
func (k *Keeping) Jobs(r *job.Runner) {
	r.Handle(jobRetain, func(ctx context.Context, run *job.Run) error {
		var p pace
		if err := run.Decode(&p); err != nil {
			return err
		}
		ctx = access.With(ctx, access.Actor{System: true, Agent: "job"})
		ended, err := k.Run(ctx, func(r profile.Retention) bool { return (r.Term.Unit == profile.Hours) == p.Hourly })
		for _, e := range ended {
			if e.Denied {
				k.Desk.Log.WarnContext(ctx, "kept beyond its time: only the owner of the tables may delete it; see odaq retention --run", "kind", e.Rule.Record)
			}
		}
		return err
	})
	r.Every(jobRetain+".hourly", job.Interval(time.Hour), jobRetain, pace{Hourly: true})
	r.Every(jobRetain+".nightly", job.Daily(3, 10, k.Desk.Zone), jobRetain, pace{})
}

// KeptWords says how long records of a kind are kept, what happens then, and
// why so long.
func KeptWords(w *text.Printer, r profile.Retention) string {
	s := w.T("privacy.kept." + r.Action)
	if r.Action != profile.Stays {
		s = w.T("privacy.after."+r.After, "Term", deadline.TermWords(w, r.Term)) + s
	}
	if note := r.Note.In(w.Lang); note != "" {
		s += " " + note
	}
	return s
}

// SourceWords says where the time of keeping comes from.
func SourceWords(w *text.Printer, p *profile.Profile, r profile.Retention) string {
	s := w.T("privacy.source.own")
	if law, ok := p.Law(r.Basis.Law); ok {
		s = w.T("privacy.source.law", "Law", law.Name, "Article", r.Basis.Article)
	}
	if r.Basis.NeedsReview {
		s += " " + w.T("privacy.source.review")
	}
	return s
}
