package deadline

import (
	"fmt"
	"io"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"odaq/internal/kernel/text"
)

// WriteCalendar writes deadlines as iCalendar (RFC 5545): one event each, with
// a reminder before it; a provisional one is tentative. The same deadline
// keeps its UID, so that a calendar read again replaces it.
func WriteCalendar(out io.Writer, w *text.Printer, stamp time.Time, all ...Deadline) error {
	c := ics.NewCalendarFor("Odaq")
	c.SetMethod(ics.MethodPublish)
	for _, d := range all {
		e := c.AddEvent(fmt.Sprintf("%s-%s-%s@odaq", d.Profile.Code, strings.ToLower(d.Clock.Code), d.Event))
		e.SetDtStampTime(stamp.UTC())
		if d.At.IsZero() {
			e.SetAllDayStartAt(d.Due.Time())
			e.SetAllDayEndAt((d.Due + 1).Time())
		} else {
			e.SetStartAt(d.At)
			e.SetEndAt(d.At)
		}
		e.SetSummary(summary(w, d))
		e.SetDescription(description(w, d))
		e.SetStatus(ics.ObjectStatusConfirmed)
		if d.Provisional {
			e.SetStatus(ics.ObjectStatusTentative)
		}
		a := e.AddAlarm()
		a.SetAction(ics.ActionDisplay)
		a.SetTrigger(reminder(d))
		a.SetDescription(summary(w, d))
	}
	return c.SerializeTo(out, ics.WithNewLineWindows) // RFC 5545 ends lines with CRLF everywhere
}

// reminder is how long before its end a deadline calls.
func reminder(d Deadline) string {
	if d.At.IsZero() {
		return "-P1D"
	}
	return "-PT3H"
}

// summary is "employer: consider the demands and answer".
func summary(w *text.Printer, d Deadline) string {
	what := d.Clock.Obligation.In(w.Lang)
	if d.Notice {
		what = d.Clock.Trigger.In(w.Lang) + " — " + d.Ends(w)
	}
	if who := d.Clock.Actor.In(w.Lang); who != "" {
		return who + ": " + what
	}
	return what
}

func description(w *text.Printer, d Deadline) string {
	lines := []string{d.Explain(w)}
	if s := d.Clock.Expiry.In(w.Lang); s != "" {
		lines = append(lines, w.T("deadline.silence", "What", s))
	}
	if d.Clock.Basis.NeedsReview {
		lines = append(lines, w.T("deadline.review"))
	}
	return strings.Join(lines, "\n")
}
