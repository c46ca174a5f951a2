package sheet

import (
	"strconv"
	"strings"
	"time"
)

// numberStyle is what a cell's style says about the number in it.
type numberStyle struct {
	date   bool
	digits int // width of a format of zeros only ("000000000000"), else 0
}

// styleOf reads a number format: its built-in id (ECMA-376 part 1, 18.8.30) or its code.
func styleOf(id int, code string) numberStyle {
	if code == "" {
		date := id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
		return numberStyle{date: date}
	}
	if strings.Trim(code, "0") == "" {
		return numberStyle{digits: min(len(code), 32)}
	}
	return numberStyle{date: dateCode(code)}
}

// dateCode says whether a format code shows a day or time: a letter d, m, y, h or s that is not
// quoted text, an escaped character or a colour or locale in brackets.
func dateCode(code string) bool {
	code, _, _ = strings.Cut(code, ";")
	var until byte
	for i := 0; i < len(code); i++ {
		switch c := code[i]; {
		case until != 0:
			if c == until {
				until = 0
			}
		case c == '"':
			until = '"'
		case c == '[':
			until = ']'
		case c == '\\' || c == '_' || c == '*':
			i++
		case strings.IndexByte("dmyhsDMYHS", c) >= 0:
			return true
		}
	}
	return false
}

// show writes the number v, as a workbook stores it, the way a person reads it in the cell: dates
// and times in ISO 8601, no exponent, no more than the 15 digits that spreadsheets keep.
func (n numberStyle) show(v string, from1904 bool) string {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return v
	}
	if n.date {
		if s, ok := isoDate(f, from1904); ok {
			return s
		}
	}
	if strings.ContainsAny(v, ".eEnNxX_") {
		f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
		v = strconv.FormatFloat(f, 'f', -1, 64)
	}
	if len(v) < n.digits && f >= 0 && !strings.Contains(v, ".") {
		v = strings.Repeat("0", n.digits-len(v)) + v
	}
	return v
}

// isoDate turns a serial day into 2006-01-02, with a time of day 2006-01-02T15:04:05, and a time
// without a day into 15:04:05. Workbooks count from 1900 with a 29 February that was not, or
// from 1904.
func isoDate(serial float64, from1904 bool) (string, bool) {
	const lastSerial = 2_958_465 // 9999-12-31
	if !(serial >= 0 && serial < lastSerial+1) {
		return "", false
	}
	seconds := int64(serial*86400 + 0.5)
	day, second := seconds/86400, seconds%86400
	if day == 0 && !from1904 {
		return time.Unix(second, 0).UTC().Format(time.TimeOnly), true
	}
	first := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from1904:
		first = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case day < 60:
		first = first.AddDate(0, 0, 1)
	}
	t := first.AddDate(0, 0, int(day)).Add(time.Duration(second) * time.Second)
	if second == 0 {
		return t.Format(time.DateOnly), true
	}
	return t.Format("2006-01-02T15:04:05"), true
}
