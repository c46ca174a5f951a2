package backup

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
)

// Erased is the list of the erased that is kept apart from the backups: who
// must not come back with any of them. It has identifiers and no names. The file
// is CSV behind a line that says when the list was made and how long it is:
//
//	# odaq erased 1 made 2026-11-22T07:00:00Z persons 1
//	person,at
//	01jd9x0000001,2026-11-22T06:12:30.5Z
type Erased struct {
	Made    cal.Instant
	Persons []privacy.ErasedPerson // the earliest first
}

const (
	erasedFirst = "# odaq erased 1 made %s persons %d\n"
	erasedTitle = "person,at"
)

// Write writes the file.
func (e Erased) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	made, err := e.Made.MarshalText()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, erasedFirst, made, len(e.Persons))
	fmt.Fprintln(out, erasedTitle)
	for _, p := range e.Persons {
		at, err := p.At.MarshalText()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s,%s\n", p.Person, at)
	}
	return out.Flush()
}

// ReadErased reads what Write wrote. A line that is wrong, or a file that is
// shorter or longer than its first line says, is a fault.
func ReadErased(r io.Reader) (Erased, error) {
	in := bufio.NewReader(r)
	first, err := in.ReadString('\n')
	if err != nil && err != io.EOF {
		return Erased{}, err
	}
	e, n, ok := parseFirst(first)
	if !ok {
		return Erased{}, fault.New(fault.Invalid, "cli.backup-erased-foreign")
	}
	rows := csv.NewReader(in)
	rows.FieldsPerRecord = 2
	for line := 2; ; line++ {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err == nil && line == 2 {
			if strings.Join(row, ",") != erasedTitle {
				return Erased{}, fault.New(fault.Invalid, "cli.backup-erased-foreign")
			}
			continue
		}
		var p privacy.ErasedPerson
		if err == nil {
			p, err = parseErased(row)
		}
		if err != nil {
			return Erased{}, fault.New(fault.Invalid, "cli.backup-erased-line", "Line", line).Because(err)
		}
		e.Persons = append(e.Persons, p)
	}
	if len(e.Persons) != n {
		return Erased{}, fault.New(fault.Invalid, "cli.backup-erased-cut", "Want", n, "Have", len(e.Persons))
	}
	return e, nil
}

func parseFirst(line string) (e Erased, n int, ok bool) {
	var made string
	if _, err := fmt.Sscanf(line, erasedFirst, &made, &n); err != nil {
		return e, 0, false
	}
	return e, n, e.Made.UnmarshalText([]byte(made)) == nil
}

func parseErased(row []string) (p privacy.ErasedPerson, err error) {
	if p.Person, err = id.Parse(row[0]); err != nil {
		return p, err
	}
	return p, p.At.UnmarshalText([]byte(row[1]))
}

// Since are those of the list whom the backup h does not know as erased; known
// are those it does. A list that cannot say who was erased since is refused: one
// that is older than the backup, or that lacks somebody known.
func (e Erased) Since(h Header, known []privacy.ErasedPerson) ([]privacy.ErasedPerson, error) {
	if e.Made < h.Taken {
		return nil, fault.New(fault.Unready, "cli.backup-erased-older", "Made", e.Made.String(), "Taken", h.Taken.String())
	}
	unlisted := make(map[id.ID]bool, len(known))
	for _, k := range known {
		unlisted[k.Person] = true
	}
	var since []privacy.ErasedPerson
	for _, p := range e.Persons {
		if !unlisted[p.Person] {
			since = append(since, p)
		}
		delete(unlisted, p.Person)
	}
	if len(unlisted) > 0 {
		return nil, fault.New(fault.Unready, "cli.backup-erased-other", "N", len(unlisted))
	}
	return since, nil
}
