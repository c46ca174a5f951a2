package membership

import (
	"context"
	"encoding/json"

	"odaq/internal/kernel/id"
	"odaq/internal/kernel/privacy"
	"odaq/internal/platform/db"
	"odaq/internal/platform/seal"
)

// sealNew makes the secret of a new person and seals what is private with it.
func (a *Area) sealNew(ctx context.Context, tx *db.Tx, person id.ID, p Private) (nationalID, contact []byte, err error) {
	secrets, err := privacy.MakeSecrets(ctx, tx, []id.ID{person})
	if err != nil {
		return nil, nil, err
	}
	return a.sealWith(secrets[person], person, p)
}

// sealWith seals what is private of a person under the person's secret. What
// is not there stays empty: its absence is no secret.
func (a *Area) sealWith(secret []byte, person id.ID, p Private) (nationalID, contact []byte, err error) {
	nationalID, contact = []byte{}, []byte{}
	if p == (Private{}) {
		return nationalID, contact, nil
	}
	subject, err := a.seal.Subject(secret)
	if err != nil {
		return nil, nil, err
	}
	if p.NationalID != "" {
		nationalID = subject.Seal([]byte(p.NationalID), place("national_id", person))
	}
	if p.Email+p.Phone+p.Address != "" {
		b, err := json.Marshal(p)
		if err != nil {
			return nil, nil, err
		}
		contact = subject.Seal(b, place("contact", person))
	}
	return nationalID, contact, nil
}

func place(column string, person id.ID) []byte {
	return seal.Place("membership_person", column, int64(person))
}

// open unseals what is private of a person. Whoever calls it has asked for
// permission and written down why.
func (a *Area) open(ctx context.Context, q db.Querier, person id.ID) (Private, error) {
	var p Private
	nationalID, contact, err := sealedOf(ctx, q, person)
	if err != nil || len(nationalID)+len(contact) == 0 {
		return p, err
	}
	secret, err := privacy.Secret(ctx, q, person)
	if err != nil {
		return p, err
	}
	subject, err := a.seal.Subject(secret)
	if err != nil {
		return p, err
	}
	if len(contact) > 0 {
		b, err := subject.Open(contact, place("contact", person))
		if err != nil {
			return p, err
		}
		if err := json.Unmarshal(b, &p); err != nil {
			return p, err
		}
	}
	if len(nationalID) > 0 {
		b, err := subject.Open(nationalID, place("national_id", person))
		if err != nil {
			return p, err
		}
		p.NationalID = string(b)
	}
	return p, nil
}
