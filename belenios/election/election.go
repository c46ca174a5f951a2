package election

import (
	"errors"
	"fmt"

	"odaq/belenios/canonical"
	"odaq/belenios/group"
	"odaq/belenios/proof"
)

// MaxSize is the size of the largest election file that is read.
const MaxSize = 1 << 20

// Errors about election files.
var (
	ErrVersion = errors.New("not an election of crypto version 1")
	ErrUUID    = errors.New("not an election identifier")
)

// Params is what an election file says (FORMAT §4).
type Params struct {
	Description string
	Name        string
	Group       group.Group
	PublicKey   group.Element
	Questions   []Question
	// UUID is at least 14 characters in base 58.
	UUID string
	// Administrator and CredentialAuthority are their names, or empty.
	Administrator       string
	CredentialAuthority string
}

// Election is an election file. It must not be changed; it may be shared.
type Election struct {
	Params
	text        []byte
	fingerprint string
}

// New makes an election file.
func New(p Params) (*Election, error) {
	return Parse(p.append(nil))
}

// Parse reads an election file. Fields that are not in FORMAT §4 are refused, as
// they would change the meaning of the election for those who know them, and so
// is another spelling of the JSON. Whether PublicKey is the key of the trustees is
// not known here.
func Parse(text []byte) (*Election, error) {
	if len(text) > MaxSize {
		return nil, fmt.Errorf("election: %w: %d bytes of at most %d", canonical.ErrLimit, len(text), MaxSize)
	}
	r := canonical.NewReader(text)
	e := &Election{Params: read(r)}
	if err := r.End(); err != nil {
		return nil, fmt.Errorf("election: %w", err)
	}
	if err := e.check(); err != nil {
		return nil, fmt.Errorf("election: %w", err)
	}
	e.text = append([]byte(nil), text...)
	e.fingerprint = canonical.Hash(text)
	return e, nil
}

// Text is the file, byte for byte as it was read.
func (e *Election) Text() []byte { return e.text }

// Fingerprint is φ, the H64 of the file.
func (e *Election) Fingerprint() string { return e.fingerprint }

// NonHomomorphic tells whether there is a question whose ciphertexts have to be
// shuffled.
func (e *Election) NonHomomorphic() bool {
	for i := range e.Questions {
		if e.Questions[i].NonHomomorphic {
			return true
		}
	}
	return false
}

func read(r *canonical.Reader) (p Params) {
	r.Literal(`{"version":`)
	if r.Err() == nil && !r.Next(`1,`) {
		r.Fail(ErrVersion)
	}
	r.Literal(`1,"description":`)
	p.Description = r.String(maxString)
	r.Literal(`,"name":`)
	p.Name = r.String(maxString)
	r.Literal(`,"group":`)
	name := r.String(maxString)
	if r.Err() != nil {
		return p
	}
	g, err := group.Named(name)
	if err != nil {
		r.Fail(err)
		return p
	}
	p.Group = g
	r.Literal(`,"public_key":`)
	p.PublicKey = proof.ReadElement(r, g)
	r.Literal(`,"questions":`)
	r.Array(MaxQuestions, func(int) { p.Questions = append(p.Questions, readQuestion(r)) })
	r.Literal(`,"uuid":`)
	p.UUID = r.String(maxString)
	if r.Try(`,"administrator":`) {
		p.Administrator = r.String(maxString)
	}
	if r.Try(`,"credential_authority":`) {
		p.CredentialAuthority = r.String(maxString)
	}
	r.Literal(`}`)
	return p
}

func (p *Params) check() error {
	if !isUUID(p.UUID) {
		return fmt.Errorf("%w: %.40q", ErrUUID, p.UUID)
	}
	if len(p.Questions) == 0 {
		return fmt.Errorf("%w: there is none", ErrQuestion)
	}
	for i := range p.Questions {
		if err := p.Questions[i].check(p.Group); err != nil {
			return fmt.Errorf("question %d: %w", i, err)
		}
	}
	return nil
}

func (p *Params) append(b []byte) []byte {
	b = append(b, `{"version":1,"description":`...)
	b = canonical.AppendString(b, p.Description)
	b = append(b, `,"name":`...)
	b = canonical.AppendString(b, p.Name)
	b = append(b, `,"group":`...)
	b = canonical.AppendString(b, p.Group.Name())
	b = append(b, `,"public_key":`...)
	b = canonical.AppendToken(b, p.PublicKey)
	b = append(b, `,"questions":[`...)
	for i := range p.Questions {
		if i > 0 {
			b = append(b, ',')
		}
		b = p.Questions[i].append(b)
	}
	b = append(b, `],"uuid":`...)
	b = canonical.AppendString(b, p.UUID)
	if p.Administrator != "" {
		b = append(b, `,"administrator":`...)
		b = canonical.AppendString(b, p.Administrator)
	}
	if p.CredentialAuthority != "" {
		b = append(b, `,"credential_authority":`...)
		b = canonical.AppendString(b, p.CredentialAuthority)
	}
	return append(b, '}')
}
