package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"odaq/belenios"
)

// line writes a name and a value in columns.
func (s *session) line(indent int, name string, value any) {
	width := max(0, 30-indent-utf8.RuneCountInString(name))
	fmt.Fprintf(s.out, "%*s%s%*s  %v\n", indent, "", clean(name), width, "", value)
}

func (s *session) say(format string, args ...any) { fmt.Fprintf(s.out, format+"\n", args...) }

// clean takes control characters out of a text of the archive, so that it cannot
// write what it likes on a terminal.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return '·'
		}
		return r
	}, text)
}

// box writes what is said of an archive.
func (s *session) box(b *box, several bool) {
	if several {
		s.say("=== %s", clean(b.Archive))
	}
	switch {
	case b.Violation != nil:
		v := b.Violation
		fmt.Fprintf(s.errs, "odaq-verify: %s: NOT VERIFIED\n  rule    %s\n  event   %d %s\n", clean(b.Archive), clean(v.Rule), v.Event, v.Type)
		if v.Tracker != "" {
			fmt.Fprintf(s.errs, "  ballot  %s\n", v.Tracker)
		}
	case b.Unusable != "":
		fmt.Fprintf(s.errs, "odaq-verify: %s: %s\n", clean(b.Archive), clean(b.Unusable))
	default:
		s.report(b.Report)
	}
	if several {
		s.say("")
	}
}

func (s *session) report(r *belenios.Report) {
	w := s.words
	if r.Finished() {
		s.say("✓ %s", w.Verified)
	} else {
		s.say("✓ %s", w.Running)
	}
	s.say("\n%s", clean(r.Name))
	s.line(2, w.Identifier, r.UUID)
	s.line(2, w.Group, r.Group)
	s.say("%s", w.Compare)
	s.line(2, w.Election, r.Fingerprint)
	s.line(2, w.Trustees, r.Trustees)
	s.line(2, w.Credentials, r.Credentials)
	s.line(2, w.Last, fmt.Sprintf("%s (%d, %s)", r.Head, r.Events-1, r.State))
	s.numbers(r.Voters, r.TotalWeight, r.Ballots, r.Counted, r.Revotes, r.Weight)
	s.say("%s", w.Keyholders)
	for _, k := range r.Keyholders {
		s.say("  %s", strings.TrimSpace(fmt.Sprintf("%d. %s", k.Number, clean(s.keyholder(&k)))))
		s.say("     %s", k.Hash)
	}
	if !r.Finished() {
		s.say("%s", w.NoResult)
		return
	}
	s.say("%s", w.Result)
	s.questions(r.Questions)
}

// keyholder is the name of a trustee and what is known of her.
func (s *session) keyholder(k *belenios.Keyholder) string {
	var said []string
	if k.Name != "" {
		said = append(said, k.Name)
	}
	if k.Of > 1 {
		said = append(said, fmt.Sprintf(s.words.Threshold, k.Threshold, k.Of))
	} else {
		said = append(said, s.words.Needed)
	}
	if k.Shuffled {
		said = append(said, s.words.Shuffled)
	}
	if k.Decrypted {
		said = append(said, s.words.Decrypted)
	}
	return strings.Join(said, ", ")
}

func (s *session) numbers(voters int, total int64, ballots, counted, revotes int, weight int64) {
	w := s.words
	s.line(0, w.Voters, voters)
	if total != int64(voters) {
		s.line(2, w.Weight, total)
	}
	s.line(0, w.Ballots, ballots)
	s.line(2, w.Counted, counted)
	if weight != int64(counted) {
		s.line(2, w.CountedWeight, weight)
	}
	s.line(2, w.Replaced, revotes)
}

func (s *session) total(t *belenios.Total) {
	w := s.words
	s.say("=== %s", w.Sum)
	s.line(0, w.Boxes, t.Boxes)
	if t.Unfinished > 0 {
		s.line(2, w.Unfinished, t.Unfinished)
	}
	s.numbers(t.Voters, t.TotalWeight, t.Ballots, t.Counted, t.Revotes, t.Weight)
	s.say("%s", w.Result)
	s.questions(t.Questions)
}

// shown is how many decrypted rankings are printed; --json has all.
const shown = 20

func (s *session) questions(list []belenios.Question) {
	w := s.words
	for i := range list {
		q := &list[i]
		s.say("  %d. %s", i+1, clean(q.Question))
		for _, a := range counts(q, w) {
			s.say("     %12d  %s", a.Count, clean(a.Answer))
		}
		if !q.Mixed {
			continue
		}
		if len(q.Levels) > 0 {
			s.say("     %s (%s)", w.Levels, w.method(q.Method))
			for place, level := range q.Levels {
				s.say("     %4d. %s", place+1, clean(strings.Join(names(q, level), " = ")))
			}
		} else if q.Method == "" {
			s.say("     %s", w.NotCounted)
		}
		if q.Caution != "" {
			s.say("     %s: %s", w.Caution, clean(q.Caution))
		}
		s.say("     %s:", w.Votes)
		for _, v := range q.Votes[:min(shown, len(q.Votes))] {
			s.say("       %v", v)
		}
		if len(q.Votes) > shown {
			s.say("       … %d (--json)", len(q.Votes))
		}
	}
}

// counted is an answer and its votes.
type counted struct {
	Answer string
	Count  int64
	Share  float64 // of the most votes, in percent, for a drawing
}

// counts are the answers with their votes, blank first where there is one.
func counts(q *belenios.Question, w *words) []counted {
	answers := q.Answers
	if q.Blank {
		answers = append([]string{w.Blank}, answers...)
	}
	list := make([]counted, len(q.Counts))
	most := int64(1)
	for _, n := range q.Counts {
		most = max(most, n)
	}
	for i, n := range q.Counts {
		list[i] = counted{answers[i], n, 100 * float64(n) / float64(most)}
	}
	return list
}

// names are those of answers by their index.
func names(q *belenios.Question, level []int) []string {
	list := make([]string, len(level))
	for i, a := range level {
		list[i] = q.Answers[a]
	}
	return list
}
