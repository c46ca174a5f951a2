package norm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A node is a JSON value that knows its line, which encoding/json does not keep.
type node struct {
	line   int
	is     byte // '{', '[', '"', '0', 't' for true and false, 'n' for null
	text   string
	yes    bool
	fields []field
	items  []node
}

type field struct {
	name string
	line int
	node node
}

const (
	maxBytes  = 256 << 20
	maxNest   = 20
	maxFields = 100
)

// parse reads one JSON value and nothing after it.
func parse(r io.Reader) (node, int, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return node{}, 1, err
	}
	if len(data) > maxBytes {
		return node{}, 1, fmt.Errorf("the file is larger than %d MB", maxBytes>>20)
	}
	p := &parser{data: data, from: json.NewDecoder(bytes.NewReader(data)), line: 1}
	p.from.UseNumber()
	n, err := p.value(0)
	if err == nil {
		if _, more := p.from.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is something after the end")
		}
	}
	return n, p.at(), err
}

type parser struct {
	data []byte
	from *json.Decoder
	seen int // bytes whose lines are counted
	line int
}

// at is the line of what was read last.
func (p *parser) at() int {
	to := min(int(p.from.InputOffset()), len(p.data))
	if to > p.seen {
		p.line += bytes.Count(p.data[p.seen:to], []byte("\n"))
		p.seen = to
	}
	return p.line
}

func (p *parser) token() (json.Token, error) {
	t, err := p.from.Token()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, errors.New("the file ends too early")
	}
	return t, err
}

func (p *parser) value(depth int) (node, error) {
	t, err := p.token()
	if err != nil {
		return node{}, err
	}
	n := node{line: p.at()}
	switch t := t.(type) {
	case nil:
		n.is = 'n'
	case bool:
		n.is, n.yes = 't', t
	case json.Number:
		n.is, n.text = '0', t.String()
	case string:
		n.is, n.text = '"', t
	case json.Delim:
		if depth == maxNest {
			return n, fmt.Errorf("more than %d levels deep", maxNest)
		}
		n.is = byte(t)
		for p.from.More() {
			if err := p.inside(&n, depth); err != nil {
				return n, err
			}
		}
		_, err = p.token() // the closing bracket
	}
	return n, err
}

func (p *parser) inside(n *node, depth int) error {
	var f field
	if n.is == '{' {
		t, err := p.token()
		if err != nil {
			return err
		}
		f.name, f.line = t.(string), p.at() // the decoder allows nothing else here
		if len(n.fields) == maxFields {
			return fmt.Errorf("an object of more than %d fields", maxFields)
		}
		for _, o := range n.fields {
			if o.name == f.name {
				return fmt.Errorf("%q is there twice, first on line %d", f.name, o.line)
			}
		}
	}
	v, err := p.value(depth + 1)
	if err != nil {
		return err
	}
	if n.is == '{' {
		f.node = v
		n.fields = append(n.fields, f)
	} else {
		n.items = append(n.items, v)
	}
	return nil
}

// kind is the node's in words, for messages.
func (n node) kind() string {
	switch n.is {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 't':
		return "true or false"
	}
	return "null"
}

// plain says a JSON error in the words of the other messages.
func plain(err error) string { return strings.TrimPrefix(err.Error(), "json: ") }
