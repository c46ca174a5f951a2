package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"odaq/internal/kernel/exchange"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/likeness"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/sheet"
)

// groupCmd proposes groups of texts that ask for the same thing. The column of the
// authors' languages is --lang COLUMN: what is no language there is a column.
type groupCmd struct {
	File   string `arg:"" type:"path" help:"CSV or XLSX file with a text in each row; it may be packed by gzip."`
	Text   string `help:"Column of the texts; the one named text, title or suggestion otherwise. --lang COLUMN names that of the languages the authors chose (kk, ru, en)." placeholder:"COLUMN"`
	Out    string `required:"" type:"path" help:"CSV file for the rows with their groups." placeholder:"GROUPS.csv"`
	Report string `type:"path" help:"HTML page of the 100 largest groups." placeholder:"FILE.html"`
}

// reported is how many groups the page shows.
const reported = 100

// Run reads, groups and writes.
func (c *groupCmd) Run(ctx context.Context, s *session) error {
	catalog, err := text.Load(text.Source{Name: "likeness", FS: likeness.Locale}, text.Source{Name: "exchange", FS: exchange.Locale})
	if err != nil {
		return err
	}
	words := catalog.In(s.lang)
	v, err := c.read(ctx, s, words)
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		return told{words.Fault(f).Message, f.Kind.Exit()}
	}
	if err != nil {
		return err
	}
	show, done := s.progress("texts")
	groups := v.index.Groups(func(n, total int) { show(int64(n), int64(total)) })
	done()
	if err := s.write(c.Out, func(w io.Writer) error { return v.write(w, groups, s.lang) }); err != nil {
		return err
	}
	if c.Report != "" {
		page := func(w io.Writer) error { return v.index.Report(w, filepath.Base(c.File), groups, reported, words) }
		if err := s.write(c.Report, page); err != nil {
			return err
		}
	}
	grouped := 0
	for _, g := range groups {
		grouped += len(g.Texts)
	}
	fmt.Fprintln(s.out, words.T("likeness.done", "Texts", v.index.Len(), "Groups", len(groups), "Grouped", grouped, "File", c.Out))
	return nil
}

// told is an error that has its words already.
type told struct {
	message string
	exit    int
}

func (t told) Error() string { return t.message }

// voices are the rows of a file and the index of their texts.
type voices struct {
	header []string
	rows   [][]string
	of     []int // the row of each text
	index  *likeness.Index
}

func (c *groupCmd) read(ctx context.Context, s *session, words *text.Printer) (*voices, error) {
	name := filepath.Base(c.File)
	body, err := unpacked(c.File)
	if err != nil {
		return nil, err
	}
	placed := func(err error) error { // the place is in the words
		f, ok := errors.AsType[*fault.Fault](exchange.Fault(err))
		if !ok {
			return err
		}
		return fault.New(fault.Invalid, "likeness.bad-file", "File", name, "Why", words.Fault(f).Message)
	}
	r, err := sheet.Open(bytes.NewReader(body), int64(len(body)), strings.TrimSuffix(name, ".gz"), sheet.Limits{})
	if err != nil {
		return nil, placed(err)
	}
	v := &voices{header: r.Header(), index: likeness.New(likeness.Own, likeness.Default)}
	texts, langs, err := c.columns(name, v.header, s.asked)
	if err != nil {
		return nil, err
	}
	for {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, placed(err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := v.add(name, row, texts, langs); err != nil {
			return nil, err
		}
	}
	if v.index.Len() == 0 {
		return nil, fault.New(fault.Invalid, "likeness.nothing", "File", name, "Column", v.header[texts])
	}
	return v, nil
}

// columns finds the columns of the texts and of the languages, -1 where there is none.
func (c *groupCmd) columns(file string, header []string, lang string) (texts, langs int, err error) {
	have := strings.Join(header, ", ")
	find := func(asked string, usual ...string) (int, error) {
		if asked != "" {
			usual = []string{asked}
		}
		for _, name := range usual {
			if i := slices.IndexFunc(header, func(h string) bool { return strings.EqualFold(h, name) }); i >= 0 {
				return i, nil
			}
		}
		if asked != "" {
			return -1, fault.New(fault.Invalid, "likeness.no-column", "File", file, "Column", asked, "Have", have)
		}
		return -1, nil
	}
	if texts, err = find(c.Text, "text", "title", "suggestion", "мәтін", "ұсыныс", "текст", "предложение"); err != nil {
		return
	}
	if texts < 0 {
		return 0, 0, fault.New(fault.Invalid, "likeness.which-column", "File", file, "Have", have)
	}
	if _, ok := text.Parse(lang); ok { // the language of messages
		lang = ""
	}
	langs, err = find(lang, "lang", "language", "тіл", "язык")
	return
}

func (v *voices) add(file string, row sheet.Row, texts, langs int) error {
	v.rows = append(v.rows, row.Cells[:len(v.header)])
	t := likeness.Text{Body: strings.TrimSpace(row.Cells[texts])}
	if langs >= 0 && row.Cells[langs] != "" {
		l, ok := text.Parse(strings.ToLower(strings.TrimSpace(row.Cells[langs])))
		if !ok {
			return fault.New(fault.Invalid, "likeness.bad-language", "File", file, "Line", strconv.Itoa(row.Line), "Value", row.Cells[langs])
		}
		t.Lang = l
	}
	if t.Body == "" {
		return nil
	}
	v.of = append(v.of, len(v.rows)-1)
	v.index.Add(t)
	return nil
}

// unpacked is the content of a file, packed by gzip or not.
func unpacked(file string) ([]byte, error) {
	body, err := os.ReadFile(file)
	if err != nil || !bytes.HasPrefix(body, []byte{0x1f, 0x8b}) {
		return body, err
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, packed(file, err)
	}
	limit := sheet.DefaultLimits.Bytes
	body, err = io.ReadAll(io.LimitReader(z, limit+1))
	if err == nil && int64(len(body)) > limit {
		err = sheet.ErrTooBig{Bytes: int64(len(body)), Limit: limit}
	}
	if err != nil {
		return nil, packed(file, err)
	}
	return body, nil
}

func packed(file string, err error) error {
	return fault.New(fault.Invalid, "likeness.bad-archive", "File", filepath.Base(file)).Because(err)
}

// write writes the rows of the groups, the largest first, then those of none.
func (v *voices) write(w io.Writer, groups []likeness.Group, lang text.Lang) error {
	out := sheet.NewCSV(w)
	columns := []sheet.Column{{Key: "group", Title: "group"}, {Key: "group_size", Title: "group_size"}, {Key: "why", Title: "why"}}
	for i, h := range v.header {
		columns = append(columns, sheet.Column{Key: cmp.Or(h, strconv.Itoa(i+1)), Title: h})
	}
	if err := out.Header(columns); err != nil {
		return err
	}
	grouped := make([]bool, len(v.rows))
	line := func(row int, lead ...any) error {
		for _, cell := range v.rows[row] {
			lead = append(lead, cell)
		}
		return out.Row(lead)
	}
	for n, g := range groups {
		var why []string
		for _, r := range g.Why {
			why = append(why, r.In(lang))
		}
		for _, t := range g.Texts {
			grouped[v.of[t]] = true
			if err := line(v.of[t], strconv.Itoa(n+1), strconv.Itoa(len(g.Texts)), strings.Join(why, "; ")); err != nil {
				return err
			}
		}
	}
	for row := range v.rows {
		if !grouped[row] {
			if err := line(row, "", "", ""); err != nil {
				return err
			}
		}
	}
	return out.Close()
}
