package deadline

import (
	"embed"
	"fmt"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
	"odaq/internal/kernel/text"
)

// Locale has the words of explanations in kk, ru and en.
//
//go:embed locale/*.toml
var Locale embed.FS

// Explain says how the deadline came about: "7 working days, counted from
// 19 March 2026; 21–25 March are Nauryz; due Wednesday 1 April 2026 (Labour
// Code, art. 165(3))".
func (d Deadline) Explain(w *text.Printer) string {
	parts := append([]string{d.counted(w)}, d.between(w)...)
	for _, v := range d.Pauses {
		if v.To >= d.First && v.From <= d.Due {
			s := d.Profile.Clocks.Suspension(v.Reason)
			parts = append(parts, w.T("deadline.paused", "Days", days(w, v.From, v.To), "Reason", s.Name))
		}
	}
	parts = append(parts, d.Ends(w)+d.article(w))
	if d.Provisional {
		parts = append(parts, w.T("deadline.provisional", "Year", fmt.Sprint(d.unknownYear())))
	}
	return strings.Join(parts, "; ")
}

// Ends says the end alone: "due Wednesday 1 April 2026".
func (d Deadline) Ends(w *text.Printer) string {
	switch {
	case d.Term.Unit == profile.Hours:
		return w.T("deadline.due", "Day", Day(w, d.Due)+", "+d.At.Format("15:04"))
	case d.Notice:
		return w.T("deadline.earliest", "Day", Day(w, d.Due))
	case d.Clock.Backward:
		return w.T("deadline.latest", "Day", Day(w, d.Due))
	}
	return w.T("deadline.due", "Day", Day(w, d.Due))
}

// Day is a date with its weekday: "Wednesday 1 April 2026".
func Day(w *text.Printer, d cal.Day) string {
	return w.T("deadline.day", "Weekday", text.Key(fmt.Sprintf("deadline.weekday.%d", int(d.Time().Weekday()))), "Day", d)
}

// TermWords is a term in words: "7 working days".
func TermWords(w *text.Printer, t profile.Term) string {
	return w.N("deadline.term."+string(t.Unit), int64(t.N))
}

func (d Deadline) counted(w *text.Printer) string {
	term := TermWords(w, d.Term)
	if d.Extended > 0 {
		term += " " + w.T("deadline.extended", "Term", TermWords(w, profile.Term{N: d.Extended * d.Clock.Extension.N, Unit: d.Term.Unit}))
	}
	switch {
	case d.Term.N == 0:
		return w.T("deadline.same-day")
	case d.Term.Unit == profile.Hours:
		return w.T("deadline.hours", "Term", term, "Moment", w.ShortDay(d.Event.Day)+", "+d.Event.in(d.Profile.Location).Format("15:04"))
	case d.Notice:
		return w.T("deadline.noticed", "Term", term, "Day", Day(w, d.Event.Day))
	case d.Clock.Backward:
		return w.T("deadline.counted-back", "Term", term, "First", d.First)
	}
	return w.T("deadline.counted", "Term", term, "First", d.First)
}

// between names the days that the count passed over, or the one it ended on.
func (d Deadline) between(w *text.Printer) []string {
	if d.Term.Unit == profile.WorkingDays {
		return d.special(w, min(d.First, d.Due), max(d.First, d.Due))
	}
	if d.End == d.Due {
		return nil
	}
	key := "deadline.moved-next"
	if d.Due < d.End {
		key = "deadline.moved-previous"
	}
	return append(d.special(w, min(d.End, d.Due), max(d.End, d.Due)), w.T(key, "Day", Day(w, d.End)))
}

// special names the holidays and the worked weekends of some days. Holidays
// that only take weekends change nothing and are left out.
func (d Deadline) special(w *text.Printer, from, to cal.Day) []string {
	var out []string
	for day := from; day <= to; {
		h, off := d.Profile.IsHoliday(day)
		if !off {
			if d.Profile.IsWeekend(day) && d.Profile.IsWorkingDay(day) {
				out = append(out, w.T("deadline.worked", "Day", dayMonth(w, day)))
			}
			day++
			continue
		}
		name, last, felt, itself := d.holiday(w, h), day, false, false
		for ; last <= to; last++ {
			next, ok := d.Profile.IsHoliday(last)
			if !ok || d.holiday(w, next) != name {
				break
			}
			felt = felt || !d.Profile.IsWeekend(last)
			itself = itself || next.Kind != profile.Substitute
		}
		if !itself {
			name = w.T("deadline.substitute", "Name", name)
		}
		last--
		if felt {
			key := "deadline.offs"
			if day == last {
				key = "deadline.off"
			}
			out = append(out, w.T(key, "Days", days(w, day, last), "Name", name))
		}
		day = last + 1
	}
	return out
}

// holiday is the name of a day off; a substitute bears that of its holiday.
func (d Deadline) holiday(w *text.Printer, h profile.Holiday) string {
	if name := h.Name.In(w.Lang); name != "" {
		return name
	}
	if of, ok := d.Profile.IsHoliday(h.For); ok && of.Name.In(w.Lang) != "" {
		return of.Name.In(w.Lang)
	}
	return w.T("deadline.instead", "Day", dayMonth(w, h.For))
}

// article is " (Labour Code, art. 165(3); counting: art. 13)".
func (d Deadline) article(w *text.Printer) string {
	cite := func(b profile.Basis) string {
		law, ok := d.Profile.Law(b.Law)
		if !ok {
			return ""
		}
		return w.T("deadline.article", "Law", law.Name, "Article", b.Article)
	}
	own, rule := cite(d.Clock.Basis), cite(d.Counting.Basis)
	if own == "" {
		return ""
	}
	if rule == "" || d.Term.N == 0 {
		return " (" + own + ")"
	}
	if d.Clock.Basis.Law == d.Counting.Basis.Law {
		rule = w.T("deadline.article-only", "Article", d.Counting.Basis.Article)
	}
	return " (" + own + "; " + w.T("deadline.counting", "Article", rule) + ")"
}

func (d Deadline) unknownYear() int {
	for _, day := range []cal.Day{d.Due, d.End, d.First} {
		if !d.Profile.CalendarKnown(day) {
			return day.Year()
		}
	}
	return d.Due.Year()
}

// days is "21–25 March", "31 December – 2 January" or one day.
func days(w *text.Printer, from, to cal.Day) string {
	fy, fm, fd := from.Date()
	ty, tm, td := to.Date()
	switch {
	case from == to:
		return dayMonth(w, from)
	case fy == ty && fm == tm:
		return w.T("deadline.day-month", "D", fmt.Sprintf("%d–%d", fd, td), "M", text.Key(fmt.Sprintf("month.%d", int(fm))))
	}
	return dayMonth(w, from) + " – " + dayMonth(w, to)
}

func dayMonth(w *text.Printer, d cal.Day) string {
	_, m, n := d.Date()
	return w.T("deadline.day-month", "D", fmt.Sprint(n), "M", text.Key(fmt.Sprintf("month.%d", int(m))))
}
