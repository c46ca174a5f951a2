package norm

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"odaq/internal/kernel/cal"
	"odaq/internal/kernel/profile"
)

// Decode reads a case as docs/schema/case.schema.json describes it; name is what
// errors call the file. The error lists everything wrong, one "file:line: what"
// each. What the profile must know is checked by NewBook.
func Decode(name string, from io.Reader) (Case, error) {
	c := Case{File: name}
	root, line, err := parse(from)
	if err != nil {
		return c, fmt.Errorf("%s:%d: %s", name, line, plain(err))
	}
	d := &decoder{file: name}
	d.object(root, "", map[string]read{
		"note":      {get: func(n node) { d.text(n) }},
		"documents": {must: true, get: d.list(func(n node) { c.Documents = append(c.Documents, d.document(n)) })},
		"workers":   {get: d.list(func(n node) { c.Workers = append(c.Workers, d.worker(n)) })},
	})
	if len(d.errs) > 0 {
		return Case{File: name}, errors.Join(d.errs...)
	}
	c.settle()
	return c, nil
}

// settle lets a contract stand where its worker stands.
func (c *Case) settle() {
	for _, d := range c.Documents {
		if d.Level != profile.LevelContract {
			continue
		}
		for _, w := range c.Workers {
			if w.ID != d.Scope.Worker {
				continue
			}
			d.Scope.Industry = cmp.Or(d.Scope.Industry, w.Scope.Industry)
			d.Scope.Region = cmp.Or(d.Scope.Region, w.Scope.Region)
			d.Scope.Employer = cmp.Or(d.Scope.Employer, w.Scope.Employer)
		}
	}
}

// Worker finds one by ID.
func (c *Case) Worker(id string) (*Worker, bool) {
	i := slices.IndexFunc(c.Workers, func(w Worker) bool { return w.ID == id })
	if i < 0 {
		return nil, false
	}
	return &c.Workers[i], true
}

type decoder struct {
	file string
	errs []error
}

// read is what to do with a field.
type read struct {
	must bool
	get  func(node)
}

func (d *decoder) wrong(line int, format string, args ...any) {
	d.errs = append(d.errs, fmt.Errorf("%s:%d: %s", d.file, line, fmt.Sprintf(format, args...)))
}

// object reads the fields of n; an unknown one is a mistake, not an extra.
func (d *decoder) object(n node, what string, fields map[string]read) {
	what = cmp.Or(what, "the case")
	if n.is != '{' {
		d.wrong(n.line, "%s must be an object, not %s", what, n.kind())
		return
	}
	seen := map[string]bool{}
	for _, f := range n.fields {
		r, ok := fields[f.name]
		if !ok {
			d.wrong(f.line, "%q is no field of %s; there are: %s", f.name, what, names(fields))
			continue
		}
		seen[f.name] = true
		r.get(f.node)
	}
	for _, name := range sorted(fields) {
		if fields[name].must && !seen[name] {
			d.wrong(n.line, "%s lacks %q", what, name)
		}
	}
}

func names(fields map[string]read) string { return strings.Join(sorted(fields), " ") }

func sorted(fields map[string]read) []string {
	var out []string
	for name := range fields {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func (d *decoder) list(each func(node)) func(node) {
	return func(n node) {
		if n.is != '[' {
			d.wrong(n.line, "this must be a list, not %s", n.kind())
			return
		}
		for _, item := range n.items {
			each(item)
		}
	}
}

func (d *decoder) text(n node) string {
	if n.is != '"' {
		d.wrong(n.line, "this must be a text, not %s", n.kind())
	}
	return strings.TrimSpace(n.text)
}

func (d *decoder) into(s *string) func(node) { return func(n node) { *s = d.text(n) } }

func (d *decoder) yes(b *bool) func(node) {
	return func(n node) {
		if n.is != 't' {
			d.wrong(n.line, "this must be true or false, not %s", n.kind())
		}
		*b = n.yes
	}
}

func (d *decoder) day(v *cal.Day) func(node) {
	return func(n node) {
		day, err := cal.ParseDay(d.text(n))
		if err != nil {
			d.wrong(n.line, "%q is not a date such as 2026-03-15", n.text)
			return
		}
		*v = day
	}
}

func (d *decoder) document(n node) *Document {
	doc := &Document{From: cal.Never, Until: cal.Forever, Line: n.line}
	d.object(n, "a document", map[string]read{
		"id": {must: true, get: d.into(&doc.ID)}, "name": {get: d.into(&doc.Name)},
		"level": {must: true, get: func(n node) {
			l, ok := profile.ParseLevel(d.text(n))
			if !ok {
				d.wrong(n.line, "level %q must be one of: law general industry regional collective contract", n.text)
			}
			doc.Level = l
		}},
		"industry": {get: d.into(&doc.Scope.Industry)}, "region": {get: d.into(&doc.Scope.Region)},
		"employer": {get: d.into(&doc.Scope.Employer)}, "worker": {get: d.into(&doc.Scope.Worker)},
		"from": {get: d.day(&doc.From)}, "until": {get: d.day(&doc.Until)}, "replaces": {get: d.into(&doc.Replaces)},
		"clauses": {get: d.list(func(n node) { doc.Clauses = append(doc.Clauses, d.clause(n)) })},
	})
	return doc
}

func (d *decoder) clause(n node) Clause {
	c := Clause{From: cal.Never, Until: cal.Forever, Line: n.line}
	d.object(n, "a clause", map[string]read{
		"no": {get: d.into(&c.No)}, "type": {must: true, get: d.into(&c.Type)},
		"dimension": {get: d.dimension(&c.Dimension)},
		"value":     {must: true, get: d.value(&c.Value)}, "unit": {get: d.into(&c.Unit)},
		"from": {get: d.day(&c.From)}, "until": {get: d.day(&c.Until)},
		"page": {get: func(n node) {
			v, ok := profile.ParseDecimal(n.text)
			if n.is != '0' || !ok || !v.IsInt() || v.Sign() <= 0 || v.Num().BitLen() > 30 {
				d.wrong(n.line, "page must be a whole number from 1")
				return
			}
			c.Page = int(v.Num().Int64())
		}},
		"obliges": {get: d.yes(&c.Obliges)},
	})
	return c
}

// dimension reads {"event": "wedding"}.
func (d *decoder) dimension(out *Dimension) func(node) {
	return func(n node) {
		if n.is != '{' {
			d.wrong(n.line, "dimension must be an object, not %s", n.kind())
			return
		}
		for _, f := range n.fields {
			v := d.text(f.node)
			if f.name == "" || v == "" || strings.ContainsAny(f.name+v, ";=") {
				d.wrong(f.line, "a dimension has a key and a value without ; and =")
			}
			*out = append(*out, [2]string{f.name, v})
		}
		slices.SortFunc(*out, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	}
}

// value reads a number (or its text, "1.4"), true, false, or a list of texts.
// Which of them a norm needs is checked by its type.
func (d *decoder) value(out *Value) func(node) {
	return func(n node) {
		switch n.is {
		case '0', '"':
			v, ok := profile.ParseDecimal(strings.TrimSpace(n.text))
			if !ok {
				d.wrong(n.line, "%q is not a decimal number", n.text)
				return
			}
			out.Number, out.form = v, number
		case 't':
			out.Yes, out.form = n.yes, yesNo
		case '[':
			out.form = list
			for _, item := range n.items {
				s := d.text(item)
				if s == "" || strings.Contains(s, "|") {
					d.wrong(item.line, "an item is a text without |")
				}
				out.Items = append(out.Items, s)
			}
			out.Items = union(out.Items, nil)
		default:
			d.wrong(n.line, "value must be a number, true, false or a list, not %s", n.kind())
		}
	}
}

func (d *decoder) worker(n node) Worker {
	w := Worker{Line: n.line}
	d.object(n, "a worker", map[string]read{
		"id": {must: true, get: d.into(&w.ID)}, "industry": {get: d.into(&w.Scope.Industry)}, "region": {get: d.into(&w.Scope.Region)},
		"employer": {get: d.into(&w.Scope.Employer)}, "dimension": {get: d.dimension(&w.Dimension)},
		"covered": {get: d.yes(&w.Covered)}, "applied": {get: d.yes(&w.Applied)},
	})
	w.Scope.Worker = w.ID
	return w
}
