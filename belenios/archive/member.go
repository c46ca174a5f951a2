package archive

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const (
	block     = 512
	maxOctal  = 1<<33 - 1 // 11 octal digits
	stampName = "BELENIOS"
	dataEnd   = ".data.json"
	eventEnd  = ".event.json"
)

// header is the only header that a member of a name, size and time may have.
func header(name string, size, time int64) [block]byte {
	var h [block]byte
	copy(h[:100], name)
	copy(h[100:], "0000644")
	copy(h[108:], "0000000")
	copy(h[116:], "0000000")
	copy(h[124:], fmt.Sprintf("%011o", size))
	copy(h[136:], fmt.Sprintf("%011o", time))
	h[156] = '0'
	sum := 8 * int(' ') // the bytes of the checksum itself count as spaces
	for _, b := range h {
		sum += int(b)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return h
}

// appendMember adds a member with its padding to b.
func appendMember(b []byte, name string, body []byte, time int64) []byte {
	h := header(name, int64(len(body)), time)
	b = append(b, h[:]...)
	b = append(b, body...)
	return append(b, make([]byte, padding(int64(len(body))))...)
}

func padding(size int64) int64 { return (block - size%block) % block }

// stampText is the body of the first member.
func stampText(time int64) []byte {
	return fmt.Appendf(nil, `{"version":1,"timestamp":"%d"}`, time)
}

// tape reads members one after the other and checks all but their contents.
type tape struct {
	r      *bufio.Reader
	time   int64 // of all members, -1 while it is not known
	offset int64 // of the member that next begins
}

// member is a member as it stands in the archive.
type member struct {
	name string
	size int64
}

// head reads a header. At the end of the archive it returns io.EOF.
func (t *tape) head() (member, error) {
	var h [block]byte
	n, err := io.ReadFull(t.r, h[:])
	switch {
	case err == io.EOF:
		return member{}, err
	case err == io.ErrUnexpectedEOF:
		if bytes.Count(h[:n], []byte{0}) == n {
			return member{}, ErrTail
		}
		return member{}, fmt.Errorf("%w: in a header", ErrTruncated)
	case err != nil:
		return member{}, fmt.Errorf("%w: %w", ErrRead, err)
	case h == [block]byte{}:
		return member{}, fmt.Errorf("%w: a block of zeros", ErrTail)
	}
	name, _, _ := strings.Cut(string(h[:100]), "\x00")
	size, ok := octal(h[124:135])
	if !ok {
		return member{name: name}, fmt.Errorf("%w: the size is not 11 octal digits", ErrHeader)
	}
	if t.time < 0 {
		if t.time, ok = octal(h[136:147]); !ok {
			return member{name: name}, fmt.Errorf("%w: the time is not 11 octal digits", ErrHeader)
		}
	}
	want := header(name, size, t.time)
	for i := range h {
		if h[i] != want[i] {
			return member{name: name}, fmt.Errorf("%w: byte %d is %#02x, not %#02x", ErrHeader, i, h[i], want[i])
		}
	}
	return member{name, size}, nil
}

// body reads the body of a member and its padding. What it allocates grows with
// what is there, not with what the header promises.
func (t *tape) body(m member, limit int64) ([]byte, error) {
	if m.size > limit {
		return nil, fmt.Errorf("%w: %d bytes, %d are allowed", ErrSize, m.size, limit)
	}
	var b bytes.Buffer
	b.Grow(int(min(m.size, 1<<16)))
	if n, err := io.CopyN(&b, t.r, m.size); err == io.EOF {
		return nil, fmt.Errorf("%w: %d of the %d bytes of a member are there", ErrTruncated, n, m.size)
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRead, err)
	}
	var pad [block]byte
	p := padding(m.size)
	if _, err := io.ReadFull(t.r, pad[:p]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return nil, fmt.Errorf("%w: in the padding of a member", ErrTruncated)
	} else if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRead, err)
	}
	if pad != [block]byte{} {
		return nil, ErrPadding
	}
	t.offset += block + m.size + p
	return b.Bytes(), nil
}

// octal reads exactly octal digits.
func octal(digits []byte) (int64, bool) {
	for _, d := range digits {
		if d < '0' || d > '7' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(string(digits), 8, 64)
	return n, err == nil
}
