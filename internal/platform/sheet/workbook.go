package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How far a workbook may swell. Real ones unzip to some ten times their size; a file of zeros
// reaches a thousand.
const (
	freeUnzipped = 64 << 20
	maxSwelling  = 100
	maxDirectory = 4 << 20 // bytes of a zip file's list of parts
	maxListed    = 1 << 16 // sheets, styles, relationships in their lists
)

// workbook is an XLSX file: a zip of XML parts found through relationships.
type workbook struct {
	parts    map[string]*zip.File // by name in lower case
	unzipped int64                // bytes read of all parts
	limit    int64                // of unzipped
	lim      Limits

	sheets   []sheetRef
	from1904 bool
	styles   []numberStyle // by the number a cell refers to
	strings  sharedStrings
}

type sheetRef struct {
	name, id string
	hidden   bool
}

func openWorkbook(r io.ReaderAt, size int64, lim Limits) (*workbook, error) {
	directory := &meteredReaderAt{r: r, left: maxDirectory}
	z, err := zip.NewReader(directory, size)
	switch {
	case directory.left < 0:
		return nil, ErrZipBomb{Limit: maxDirectory}
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return nil, ErrDamaged{Part: "zip", Err: err}
	case err != nil && !errors.Is(err, zip.ErrInsecurePath):
		return nil, err
	}
	directory.open = true

	w := &workbook{
		parts: make(map[string]*zip.File, len(z.File)),
		limit: min(lim.Unzipped, freeUnzipped+maxSwelling*size),
		lim:   lim,
	}
	for _, f := range z.File {
		name := strings.ToLower(strings.ReplaceAll(f.Name, `\`, "/"))
		if _, twice := w.parts[name]; !twice {
			w.parts[name] = f
		}
	}
	return w, nil
}

// meteredReaderAt bounds what zip.NewReader reads for the list of parts; later reads are free.
type meteredReaderAt struct {
	r    io.ReaderAt
	left int64
	open bool
}

func (m *meteredReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if !m.open {
		if m.left -= int64(len(p)); m.left < 0 {
			return 0, zip.ErrFormat
		}
	}
	return m.r.ReadAt(p, off)
}

// part is one XML part being read.
type part struct {
	name  string
	w     *workbook
	in    io.ReadCloser
	buf   []byte
	at    int   // in buf
	read  int64 // into buf
	size  int64 // as declared
	err   error // a limit passed
	xml   *xml.Decoder
	token int // bytes the present token may still take
}

func (w *workbook) open(name string) (*part, error) {
	f, ok := w.parts[strings.ToLower(name)]
	if !ok {
		return nil, ErrDamaged{Part: name, Err: errors.New("missing")}
	}
	if f.UncompressedSize64 > uint64(w.limit-w.unzipped) {
		return nil, ErrZipBomb{Limit: w.limit}
	}
	in, err := f.Open()
	if err != nil {
		return nil, ErrDamaged{Part: name, Err: err}
	}
	p := &part{name: name, w: w, in: in, buf: make([]byte, 0, 64<<10), size: int64(f.UncompressedSize64)}
	p.xml = xml.NewDecoder(p)
	return p, nil
}

// Read is there to make part an io.Reader; xml.Decoder calls ReadByte.
func (p *part) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	c, err := p.ReadByte()
	if err != nil {
		return 0, err
	}
	b[0] = c
	return 1, nil
}

var errTokenTooLong = errors.New("text longer than a cell can be")

// ReadByte sees to it that a token, which the decoder holds in memory, does not grow much beyond
// a cell.
func (p *part) ReadByte() (byte, error) {
	if p.at == len(p.buf) {
		if err := p.fill(); err != nil {
			return 0, err
		}
	}
	if p.token--; p.token < 0 {
		return 0, errTokenTooLong
	}
	c := p.buf[p.at]
	p.at++
	return c, nil
}

// fill sees to it that all parts together do not pass the workbook's limit.
func (p *part) fill() error {
	n, err := io.ReadAtLeast(p.in, p.buf[:cap(p.buf)], 1)
	p.buf, p.at = p.buf[:n], 0
	p.read += int64(n)
	p.w.unzipped += int64(n)
	if p.w.unzipped > p.w.limit {
		p.err = ErrZipBomb{Limit: p.w.limit}
		return p.err
	}
	return err
}

// next returns the next XML token, io.EOF at the end of the part. Declared entities are refused,
// so none can grow.
func (p *part) next() (xml.Token, error) {
	p.token = 64<<10 + 8*p.w.lim.Cell
	token, err := p.xml.RawToken()
	switch {
	case err == io.EOF:
		return nil, err
	case p.err != nil:
		return nil, p.err
	case err != nil:
		return nil, p.damaged(0, err)
	}
	if _, ok := token.(xml.Directive); ok {
		return nil, p.damaged(0, errors.New("document type declaration"))
	}
	return token, nil
}

func (p *part) damaged(line int, err error) error {
	return ErrDamaged{Part: p.name, Line: line, Err: err}
}

// each calls do for every element of the part.
func (w *workbook) each(name string, do func(e xml.StartElement) error) error {
	p, err := w.open(name)
	if err != nil {
		return err
	}
	defer p.in.Close()
	for {
		token, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := do(e); err != nil {
				return p.damaged(0, err)
			}
		}
	}
}

func attr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// qualifiedAttr finds an attribute of a foreign name space (r:id).
func qualifiedAttr(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space != "" {
			return a.Value
		}
	}
	return ""
}

var errListTooLong = errors.New("list too long")

type relationship struct{ id, kind, target string }

// relationships of a part: its id, the last word of its type and the target's full name.
func (w *workbook) relationships(of string) ([]relationship, error) {
	dir, base := path.Split(of)
	var rels []relationship
	err := w.each(path.Join(dir, "_rels", base+".rels"), func(e xml.StartElement) error {
		if e.Name.Local != "Relationship" {
			return nil
		}
		if len(rels) == maxListed {
			return errListTooLong
		}
		target := attr(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join("/", dir, target)
		}
		rels = append(rels, relationship{attr(e, "Id"), path.Base(attr(e, "Type")), strings.TrimPrefix(path.Clean(target), "/")})
		return nil
	})
	return rels, err
}

// load reads all but the sheet, and returns the name of the sheet's part.
func (w *workbook) load(sheet string) (string, error) {
	root, err := w.relationships("")
	if err != nil {
		return "", err
	}
	main := ""
	for _, r := range root {
		if r.kind == "officeDocument" {
			main = r.target
		}
	}
	if err := w.each(main, w.loadMain); err != nil {
		return "", err
	}
	ref, err := w.choose(sheet)
	if err != nil {
		return "", err
	}
	rels, err := w.relationships(main)
	if err != nil {
		return "", err
	}
	found := ""
	for _, r := range rels {
		switch {
		case r.id == ref.id:
			found = r.target
		case r.kind == "styles":
			err = w.loadStyles(r.target)
		case r.kind == "sharedStrings":
			err = w.loadStrings(r.target)
		}
		if err != nil {
			return "", err
		}
	}
	return found, nil
}

func (w *workbook) loadMain(e xml.StartElement) error {
	switch e.Name.Local {
	case "workbookPr":
		w.from1904 = isTrue(attr(e, "date1904"))
	case "sheet":
		if len(w.sheets) == maxListed {
			return errListTooLong
		}
		state := attr(e, "state")
		w.sheets = append(w.sheets, sheetRef{attr(e, "name"), qualifiedAttr(e, "id"), state == "hidden" || state == "veryHidden"})
	}
	return nil
}

func isTrue(s string) bool { return s == "1" || s == "true" }

func (w *workbook) choose(name string) (sheetRef, error) {
	var have []string
	for _, s := range w.sheets {
		if name != "" && s.name == name || name == "" && !s.hidden {
			return s, nil
		}
		have = append(have, s.name)
	}
	return sheetRef{}, ErrNoSheet{Sheet: name, Have: have}
}

func (w *workbook) loadStyles(name string) error {
	codes := map[int]string{}
	inCellXfs := false
	return w.each(name, func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			if len(codes) == maxListed {
				return errListTooLong
			}
			if id, err := strconv.Atoi(attr(e, "numFmtId")); err == nil {
				codes[id] = attr(e, "formatCode")
			}
		case "cellStyleXfs", "cellStyles", "dxfs":
			inCellXfs = false
		case "cellXfs":
			inCellXfs = true
		case "xf":
			if !inCellXfs {
				return nil
			}
			if len(w.styles) == maxListed {
				return errListTooLong
			}
			id, _ := strconv.Atoi(attr(e, "numFmtId")) // absent means 0, general
			w.styles = append(w.styles, styleOf(id, codes[id]))
		}
		return nil
	})
}

// sharedStrings is a workbook's table of texts, in one piece of memory.
type sharedStrings struct {
	text []byte
	ends []uint32
}

func (s *sharedStrings) at(i int) ([]byte, bool) {
	if i < 0 || i >= len(s.ends) {
		return nil, false
	}
	begin := uint32(0)
	if i > 0 {
		begin = s.ends[i-1]
	}
	return s.text[begin:s.ends[i]], true
}

func (w *workbook) loadStrings(name string) error {
	p, err := w.open(name)
	if err != nil {
		return err
	}
	defer p.in.Close()
	s := &w.strings
	inText, phonetic := false, false
	begin := 0
	for {
		token, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "rPh": // how to pronounce it
				phonetic = true
			case "t":
				inText = !phonetic
				begin = len(s.text)
			}
		case xml.CharData:
			if inText {
				s.text = append(s.text, t...)
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "si":
				s.ends = append(s.ends, uint32(len(s.text)))
			case "rPh":
				phonetic = false
			case "t":
				if inText {
					s.text = append(s.text[:begin], unescapeX(s.text[begin:])...)
				}
				inText = false
			}
		}
		if held := int64(len(s.text)) + 4*int64(len(s.ends)); held > w.lim.Strings {
			return ErrZipBomb{Limit: w.lim.Strings}
		}
	}
}

// unescapeX reads _x000A_ as the character it stands for (ECMA-376 part 1, 22.4.2.4). The answer
// may lie in the memory of text.
func unescapeX(text []byte) []byte {
	out := text[:0]
	for i := 0; i < len(text); {
		if r, ok := escapedX(text[i:]); ok {
			out = utf8.AppendRune(out, r) // at most 3 bytes in place of 7
			i += len("_x0000_")
			continue
		}
		out = append(out, text[i])
		i++
	}
	return out
}

func escapedX(text []byte) (rune, bool) {
	if len(text) < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_' {
		return 0, false
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if r := rune(code); r == '\r' || !unprintable(r) {
		return r, err == nil
	}
	return utf8.RuneError, err == nil
}

// cellColumn reads the column of a cell's address: "C5" is 2.
func cellColumn(address string) (int, error) {
	column, n := 0, 0
	for n < len(address) && n < 4 && address[n] >= 'A' && address[n] <= 'Z' {
		column = column*26 + int(address[n]-'A') + 1
		n++
	}
	if n == 0 || n == 4 {
		return 0, fmt.Errorf("cell address %.20q", address)
	}
	return column - 1, nil
}
