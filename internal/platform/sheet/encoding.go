package sheet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const bom = "\uFEFF"

// decoded finds out the encoding of the text in r and returns it as UTF-8 without a byte order
// mark. UTF-16 is known by its mark only; whatever is not UTF-8 must be Windows-1251 or its
// Kazakh form KZ-1048. For UTF-16 the caller looks for U+FFFD, which stands for broken pairs.
func decoded(r io.ReaderAt, size int64, progress func(int)) (_ io.Reader, utf16 bool, err error) {
	section := io.NewSectionReader(r, 0, size)
	mark := make([]byte, 3)
	n, err := r.ReadAt(mark, 0)
	if err != nil && err != io.EOF {
		return nil, false, err
	}
	mark = mark[:n]
	counted := counter{section, progress}
	switch {
	case bytes.HasPrefix(mark, []byte("\xFF\xFE")), bytes.HasPrefix(mark, []byte("\xFE\xFF")):
		dec := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder()
		return transform.NewReader(counted, dec), true, nil
	case string(mark) == bom:
		err := checkUTF8(section)
		if _, seekErr := section.Seek(int64(len(bom)), io.SeekStart); err == nil {
			err = seekErr
		}
		return counted, false, err
	}

	err = checkUTF8(section)
	if errors.As(err, new(ErrEncoding)) {
		err = check1251(io.NewSectionReader(r, 0, size), err)
		return transform.NewReader(counter{io.NewSectionReader(r, 0, size), progress}, transformer1251{}), false, err
	}
	if _, seekErr := section.Seek(0, io.SeekStart); err == nil {
		err = seekErr
	}
	return counted, false, err
}

// counter tells how many bytes were read.
type counter struct {
	r     io.Reader
	count func(int)
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.count(n)
	return n, err
}

// checkUTF8 reads all of r and names the first bytes that are not UTF-8 text.
func checkUTF8(r io.Reader) error {
	line := 1
	buf := make([]byte, 64<<10)
	have := 0
	for {
		n, err := r.Read(buf[have:])
		block := buf[:have+n]
		if err != nil && err != io.EOF {
			return err
		}
		// A character cut by the block's end waits for the next block.
		whole := len(block)
		if err == nil {
			for back := 1; back < utf8.UTFMax && back <= len(block); back++ {
				if tail := block[len(block)-back:]; utf8.RuneStart(tail[0]) {
					if !utf8.FullRune(tail) {
						whole -= back
					}
					break
				}
			}
		}
		if !utf8.Valid(block[:whole]) || bytes.IndexByte(block[:whole], 0) >= 0 {
			return firstBad(block[:whole], line)
		}
		if err == io.EOF {
			return nil
		}
		line += bytes.Count(block[:whole], []byte{'\n'})
		have = copy(buf, block[whole:])
	}
}

func firstBad(block []byte, line int) error {
	for i := 0; i < len(block); {
		r, n := utf8.DecodeRune(block[i:])
		switch {
		case r == '\n':
			line++
		case r == 0:
			return ErrEncoding{Line: line, Encoding: "UTF-8", Bytes: "00"}
		case r == utf8.RuneError && n == 1:
			return ErrEncoding{Line: line, Encoding: "UTF-8", Bytes: fmt.Sprintf("% X", block[i:min(i+2, len(block))])}
		}
		i += n
	}
	return nil
}

// kz1048 holds the letters in which KZ-1048 (STRK 1048-2002) differs from Windows-1251. There
// these bytes are Serbian, Macedonian, Belarusian and Ukrainian letters, which neither Kazakh
// nor Russian files have, so one table reads both encodings.
var kz1048 = map[byte]rune{
	0x8D: 'Қ', 0x8E: 'Һ', 0x9D: 'қ', 0x9E: 'һ', 0xA1: 'Ұ', 0xA2: 'ұ', 0xA3: 'Ә', 0xA5: 'Ө',
	0xAA: 'Ғ', 0xAF: 'Ү', 0xB4: 'ө', 0xBA: 'ғ', 0xBC: 'ә', 0xBD: 'Ң', 0xBE: 'ң', 0xBF: 'ү',
}

// runes1251 is the byte table of both.
var runes1251 = func() (table [256]rune) {
	for b := range table {
		table[b] = charmap.Windows1251.DecodeByte(byte(b))
		if r, ok := kz1048[byte(b)]; ok {
			table[b] = r
		}
	}
	return table
}()

func letter1251(b byte) bool {
	r := runes1251[b]
	return r >= 'Ѐ' && r <= 'ӿ'
}

// check1251 reads all of r and returns nil if it can be Windows-1251 or KZ-1048. If it looks more
// like UTF-8 with a few broken bytes, or like no Cyrillic text at all, it returns asUTF8.
func check1251(r io.Reader, asUTF8 error) error {
	var (
		line, letters, others, utf8Pairs = 1, 0, 0, 0
		lost, undefined                  error
		prev                             byte
		buf                              = make([]byte, 64<<10)
	)
	for {
		n, err := r.Read(buf)
		for _, b := range buf[:n] {
			switch {
			case b == '\n':
				line++
			case b == 0:
				return asUTF8
			case b < 0x80:
			case b == 0x98:
				if undefined == nil {
					undefined = ErrEncoding{Line: line, Encoding: "Windows-1251", Bytes: "98"}
				}
				others++
			case letter1251(b):
				letters++
				// Nobody begins a word with a question mark.
				if prev == '?' && lost == nil {
					lost = ErrLostLetters{Line: line}
				}
			default:
				others++
			}
			// The UTF-8 of Cyrillic letters is D0…D3 and 80…BF by turns; in Windows-1251 that is
			// a capital from Р to У and then a sign, which is rare.
			if prev >= 0xD0 && prev <= 0xD3 && b >= 0x80 && b <= 0xBF {
				utf8Pairs++
			}
			prev = b
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	switch {
	case utf8Pairs*2 > letters+others-utf8Pairs*2, others*4 > letters:
		return asUTF8
	case undefined != nil:
		return undefined
	}
	return lost
}

// transformer1251 decodes Windows-1251 and KZ-1048.
type transformer1251 struct{ transform.NopResetter }

func (transformer1251) Transform(dst, src []byte, _ bool) (nDst, nSrc int, err error) {
	for _, b := range src {
		r := runes1251[b]
		if nDst+utf8.RuneLen(r) > len(dst) {
			return nDst, nSrc, transform.ErrShortDst
		}
		nDst += utf8.EncodeRune(dst[nDst:], r)
		nSrc++
	}
	return nDst, nSrc, nil
}

// clean makes any string fit every format: line breaks become "\n", and bytes and control
// characters that no XML document can hold become U+FFFD.
func clean(s string) string {
	s = newlines(s)
	if utf8.ValidString(s) && strings.IndexFunc(s, unprintable) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unprintable(r) {
			return utf8.RuneError
		}
		return r
	}, strings.ToValidUTF8(s, string(utf8.RuneError)))
}

func newlines(s string) string {
	if strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

func unprintable(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF
}
