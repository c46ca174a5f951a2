package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// maxSheetRows is what a worksheet holds (ECMA-376).
const maxSheetRows = 1_048_576

// xlsxSource streams the rows of one worksheet. The merged parts of a cell read as empty: only
// its first has the value.
type xlsxSource struct {
	book  *workbook
	part  *part
	line  int
	ended bool

	text []byte // of the present row, one cell after another
	ends []int  // of the cells in text; where a cell is not filled, its predecessor's
	cell cell
}

type cell struct {
	column int
	kind   string // attribute t
	style  int    // attribute s
	text   []byte
}

func openXLSX(r io.ReaderAt, size int64, sheet string, lim Limits) (source, error) {
	book, err := openWorkbook(r, size, lim)
	if err != nil {
		return nil, err
	}
	if _, ok := book.parts["content.xml"]; ok {
		return nil, ErrNotATable{Format: "ODS"}
	}
	if _, ok := book.parts["_rels/.rels"]; !ok {
		return nil, ErrNotATable{Format: "ZIP"}
	}
	name, err := book.load(sheet)
	if err != nil {
		return nil, err
	}
	p, err := book.open(name)
	if err != nil {
		return nil, err
	}
	return &xlsxSource{book: book, part: p}, nil
}

func (s *xlsxSource) progress() (done, total int64) { return s.part.read, s.part.size }

func (s *xlsxSource) next() (Row, error) {
	for !s.ended {
		token, err := s.part.next()
		if err != nil {
			return Row{}, s.cut(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if t.Name.Local == "row" {
				return s.readRow(t)
			}
		case xml.EndElement:
			s.ended = t.Name.Local == "sheetData"
		}
	}
	// What follows is of no interest, but the checksum of the whole part is.
	for {
		if _, err := s.part.next(); err == io.EOF {
			return Row{}, io.EOF
		} else if err != nil {
			return Row{}, err
		}
	}
}

// cut names an end of the part before the end of its rows.
func (s *xlsxSource) cut(err error) error {
	if err == io.EOF {
		return s.part.damaged(s.line, io.ErrUnexpectedEOF)
	}
	return err
}

func (s *xlsxSource) readRow(row xml.StartElement) (Row, error) {
	line := s.line + 1
	if r := attr(row, "r"); r != "" {
		given, err := strconv.Atoi(r)
		if err != nil || given < line || given > maxSheetRows {
			return Row{}, s.part.damaged(s.line, fmt.Errorf("row number %.20q", r))
		}
		line = given
	}
	if line > maxSheetRows {
		return Row{}, ErrTooManyRows{Limit: maxSheetRows}
	}
	s.line = line
	s.text, s.ends = s.text[:0], s.ends[:0]
	inValue, inInline, phonetic := false, false, false
	begin := 0 // of the present value in s.cell.text
	for {
		token, err := s.part.next()
		if err != nil {
			return Row{}, s.cut(err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "c":
				err = s.begin(t)
				inValue = false
			case "is":
				inInline = true
			case "rPh":
				phonetic = true
			case "v":
				inValue = true
				begin = len(s.cell.text)
			case "t":
				inValue = inInline && !phonetic
				begin = len(s.cell.text)
			}
		case xml.CharData:
			if inValue {
				s.cell.text = append(s.cell.text, t...)
				if len(s.cell.text) > 8*s.book.lim.Cell {
					err = ErrCellTooLong{Line: s.line, Column: letters(s.cell.column), Limit: s.book.lim.Cell}
				}
			}
		case xml.EndElement:
			switch t.Name.Local {
			case "row":
				return s.row(), nil
			case "c":
				err = s.end()
			case "is":
				inInline = false
			case "rPh":
				phonetic = false
			case "v", "t":
				if inValue {
					s.cell.text = append(s.cell.text[:begin], unescapeX(s.cell.text[begin:])...)
				}
				inValue = false
			}
		}
		if err != nil {
			return Row{}, err
		}
	}
}

func (s *xlsxSource) begin(c xml.StartElement) error {
	s.cell = cell{column: len(s.ends), text: s.cell.text[:0]}
	var err error
	for _, a := range c.Attr {
		switch a.Name.Local {
		case "r":
			s.cell.column, err = cellColumn(a.Value)
		case "t":
			s.cell.kind = a.Value
		case "s":
			s.cell.style, err = strconv.Atoi(a.Value)
		}
		if err != nil {
			return s.part.damaged(s.line, err)
		}
	}
	if s.cell.column >= s.book.lim.Columns {
		return ErrTooManyColumns{Line: s.line, Limit: s.book.lim.Columns}
	}
	if s.cell.column < len(s.ends) {
		return s.part.damaged(s.line, errors.New("cells out of order"))
	}
	return nil
}

// end appends the cell to the row's text.
func (s *xlsxSource) end() error {
	for len(s.ends) < s.cell.column {
		s.ends = append(s.ends, len(s.text))
	}
	switch v := s.cell.text; s.cell.kind {
	case "s":
		if len(v) == 0 {
			break
		}
		i, err := strconv.Atoi(string(v))
		shared, ok := s.book.strings.at(i)
		if err != nil || !ok {
			return s.part.damaged(s.line, fmt.Errorf("no shared string %.20q", v))
		}
		s.text = append(s.text, shared...)
	case "b":
		s.text = strconv.AppendBool(s.text, isTrue(string(v)))
	case "", "n":
		s.text = append(s.text, s.number(v)...)
	default: // text; "d" is an ISO date, "e" an error such as #N/A
		s.text = append(s.text, v...)
	}
	s.ends = append(s.ends, len(s.text))
	return nil
}

func (s *xlsxSource) number(v []byte) string {
	if len(v) == 0 {
		return ""
	}
	var style numberStyle
	if i := s.cell.style; i >= 0 && i < len(s.book.styles) {
		style = s.book.styles[i]
	}
	return style.show(string(v), s.book.from1904)
}

// row cuts one string, made for the row, into its cells.
func (s *xlsxSource) row() Row {
	text := string(s.text)
	cells := make([]string, len(s.ends), len(s.ends)+4)
	begin := 0
	for i, end := range s.ends {
		cells[i], begin = text[begin:end], end
	}
	return Row{Line: s.line, Cells: cells}
}
