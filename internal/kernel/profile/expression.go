package profile

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"text/scanner"
)

// Expression is a formula over named values with + − * / ( ) and max, reckoned
// in exact fractions: "k * new_cases / hours", "max(0, paid - due)".
type Expression struct {
	op      byte // 'n' a number, 'c' a code, 'm' max, or + - * /
	number  *big.Rat
	code    string
	operand []Expression
}

// DivisionByZero says which part of an expression was zero.
type DivisionByZero struct{ By Expression }

// Error names the part by its codes.
func (e *DivisionByZero) Error() string { return e.By.String() + " is zero" }

const (
	expressionMax   = 500 // characters
	expressionDepth = 40  // brackets in brackets
)

// ParseExpression reads a formula.
func ParseExpression(s string) (Expression, error) {
	if len(s) > expressionMax {
		return Expression{}, fmt.Errorf("a formula has at most %d characters", expressionMax)
	}
	p := &expressionParser{written: s}
	p.scan.Init(strings.NewReader(s))
	p.scan.Mode = scanner.ScanIdents | scanner.ScanFloats | scanner.ScanInts
	p.scan.Error = func(*scanner.Scanner, string) {} // what it cannot read is refused below, with the formula
	p.next()
	e, err := p.sum(0)
	if err == nil && p.token != scanner.EOF {
		err = p.wrong("%q is too much", p.scan.TokenText())
	}
	return e, err
}

type expressionParser struct {
	scan    scanner.Scanner
	token   rune
	written string
}

func (p *expressionParser) next() { p.token = p.scan.Scan() }

func (p *expressionParser) wrong(format string, args ...any) error {
	return fmt.Errorf("formula %q: %s", p.written, fmt.Sprintf(format, args...))
}

func (p *expressionParser) sum(depth int) (Expression, error) {
	return p.chain(depth, "+-", p.product)
}

func (p *expressionParser) product(depth int) (Expression, error) {
	return p.chain(depth, "*/", p.atom)
}

func (p *expressionParser) chain(depth int, ops string, part func(int) (Expression, error)) (Expression, error) {
	left, err := part(depth)
	for err == nil && p.token > 0 && strings.ContainsRune(ops, p.token) {
		op := byte(p.token)
		p.next()
		var right Expression
		right, err = part(depth)
		left = Expression{op: op, operand: []Expression{left, right}}
	}
	return left, err
}

func (p *expressionParser) atom(depth int) (Expression, error) {
	if depth > expressionDepth {
		return Expression{}, p.wrong("too many brackets")
	}
	word := p.scan.TokenText()
	switch p.token {
	case scanner.Int, scanner.Float:
		v, ok := ParseDecimal(word)
		if !ok {
			return Expression{}, p.wrong("%q is no decimal number", word)
		}
		p.next()
		return Expression{op: 'n', number: v}, nil
	case scanner.Ident:
		p.next()
		if word == "max" && p.token == '(' {
			return p.max(depth)
		}
		if !codeForm.MatchString(word) {
			return Expression{}, p.wrong("%q is no code", word)
		}
		return Expression{op: 'c', code: word}, nil
	case '(':
		p.next()
		e, err := p.sum(depth + 1)
		if err != nil {
			return e, err
		}
		return e, p.expect(')')
	case scanner.EOF:
		return Expression{}, p.wrong("something is missing at the end")
	}
	return Expression{}, p.wrong("%q is not understood", word)
}

func (p *expressionParser) max(depth int) (Expression, error) {
	p.next()
	a, err := p.sum(depth + 1)
	if err != nil {
		return a, err
	}
	if err := p.expect(','); err != nil {
		return a, err
	}
	b, err := p.sum(depth + 1)
	if err != nil {
		return b, err
	}
	return Expression{op: 'm', operand: []Expression{a, b}}, p.expect(')')
}

func (p *expressionParser) expect(r rune) error {
	if p.token != r {
		return p.wrong("%q is missing", r)
	}
	p.next()
	return nil
}

// Value reckons the expression; the error is that of value or a *DivisionByZero.
func (e Expression) Value(value func(code string) (*big.Rat, error)) (*big.Rat, error) {
	switch e.op {
	case 'n':
		return e.number, nil
	case 'c':
		return value(e.code)
	}
	a, err := e.operand[0].Value(value)
	if err != nil {
		return nil, err
	}
	b, err := e.operand[1].Value(value)
	if err != nil {
		return nil, err
	}
	switch e.op {
	case '+':
		return new(big.Rat).Add(a, b), nil
	case '-':
		return new(big.Rat).Sub(a, b), nil
	case '*':
		return new(big.Rat).Mul(a, b), nil
	case 'm':
		if a.Cmp(b) > 0 {
			return a, nil
		}
		return b, nil
	}
	if b.Sign() == 0 {
		return nil, &DivisionByZero{By: e.operand[1]}
	}
	return new(big.Rat).Quo(a, b), nil
}

// Zero reports whether it is the empty Expression.
func (e Expression) Zero() bool { return e.op == 0 }

// Codes are the named values it needs, each once, in their order.
func (e Expression) Codes() []string {
	var out []string
	e.walk(func(x Expression) {
		if x.op == 'c' && !slices.Contains(out, x.code) {
			out = append(out, x.code)
		}
	})
	return out
}

func (e Expression) walk(visit func(Expression)) {
	visit(e)
	for _, o := range e.operand {
		o.walk(visit)
	}
}

// String is the expression as ParseExpression reads it.
func (e Expression) String() string {
	return e.write(func(code string) string { return code }, number, map[byte]string{'+': " + ", '-': " - ", '*': " * ", '/': " / "})
}

// Write is the expression for people, with × and ÷, its codes and numbers
// written by the given functions.
func (e Expression) Write(code func(string) string, number func(*big.Rat) string) string {
	return e.write(code, number, map[byte]string{'+': " + ", '-': " − ", '*': " × ", '/': " ÷ "})
}

func number(v *big.Rat) string {
	digits, _ := v.FloatPrec()
	return v.FloatString(digits)
}

func (e Expression) write(code func(string) string, number func(*big.Rat) string, signs map[byte]string) string {
	switch e.op {
	case 0:
		return ""
	case 'n':
		return number(e.number)
	case 'c':
		return code(e.code)
	}
	a, b := e.operand[0], e.operand[1]
	left, right := a.write(code, number, signs), b.write(code, number, signs)
	if e.op == 'm' {
		return "max(" + left + ", " + right + ")"
	}
	if a.rank() < e.rank() {
		left = "(" + left + ")"
	}
	// a − (b + c) and a × (b ÷ c) keep their brackets: the order is the reckoning's
	if b.rank() <= e.rank() {
		right = "(" + right + ")"
	}
	return left + signs[e.op] + right
}

func (e Expression) rank() int {
	switch e.op {
	case '+', '-':
		return 1
	case '*', '/':
		return 2
	}
	return 3
}
