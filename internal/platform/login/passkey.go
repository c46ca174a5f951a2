package login

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"odaq/internal/platform/db"
)

// Passkey is a passkey as its owner sees it.
type Passkey struct {
	ID   int64
	Name string
	Made time.Time
	Used time.Time // zero: never
}

// user is an account as the WebAuthn library sees it.
type user struct {
	account int64
	name    string
	keys    []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return number(u.account) }
func (u user) WebAuthnName() string                       { return u.name }
func (u user) WebAuthnDisplayName() string                { return u.name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.keys }

func (l *Login) user(ctx context.Context, q db.Querier, account int64, name string) (user, error) {
	u := user{account: account, name: name}
	rows, err := q.Query(ctx, `SELECT data FROM login_passkey WHERE account_id = $1 ORDER BY id`, account)
	if err != nil {
		return u, err
	}
	defer rows.Close()
	for rows.Next() {
		var data string
		if err := rows.Scan(&data); err != nil {
			return u, err
		}
		var c webauthn.Credential
		if err := json.Unmarshal([]byte(data), &c); err != nil {
			return u, err
		}
		u.keys = append(u.keys, c)
	}
	return u, rows.Err()
}

// BeginPasskey starts the registration of a passkey: options goes to the
// browser, pending into the session until FinishPasskey. name is what the
// device will show for the account.
func (l *Login) BeginPasskey(ctx context.Context, account int64, name string) (options, pending []byte, err error) {
	u, err := l.user(ctx, l.o.DB.Read(), account, name)
	if err != nil {
		return nil, nil, err
	}
	creation, session, err := l.keys.BeginRegistration(u, webauthn.WithExclusions(webauthn.Credentials(u.keys).CredentialDescriptors()))
	if err != nil {
		return nil, nil, err
	}
	return pair(creation, session)
}

func pair(a, b any) ([]byte, []byte, error) {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return x, y, errors.Join(err1, err2)
}

// FinishPasskey checks the browser's answer, JSON, and gives the credential to
// be stored by AddPasskey.
func (l *Login) FinishPasskey(ctx context.Context, account int64, pending, answer []byte) (*webauthn.Credential, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(pending, &session); err != nil {
		return nil, err
	}
	u, err := l.user(ctx, l.o.DB.Read(), account, "")
	if err != nil {
		return nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(answer)
	if err != nil {
		return nil, errors.Join(ErrRefused, err)
	}
	c, err := l.keys.CreateCredential(u, session, parsed)
	if err != nil {
		return nil, errors.Join(ErrRefused, err)
	}
	return c, nil
}

// AddPasskey stores a checked credential under an identifier and a name.
func (l *Login) AddPasskey(ctx context.Context, tx *db.Tx, account, id int64, name string, c *webauthn.Credential) error {
	data, err := json.Marshal(c)
	if err != nil {
		return err
	}
	if err := claim(ctx, tx, byPasskey, c.ID, account); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO login_passkey (account_id, credential, id, name, data, made_at, used_at) VALUES ($1, $2, $3, $4, $5, $6, 0)`,
		account, c.ID, id, name, string(data), l.now())
	return err
}

// BeginAssertion starts a sign-in by passkey; whose it is, the answer tells.
func (l *Login) BeginAssertion() (options, pending []byte, err error) {
	assertion, session, err := l.keys.BeginDiscoverableLogin()
	if err != nil {
		return nil, nil, err
	}
	return pair(assertion, session)
}

// FinishAssertion checks the browser's answer, JSON, and says whose passkey it is. A
// passkey that seems to be copied is refused.
func (l *Login) FinishAssertion(ctx context.Context, tx *db.Tx, pending, answer []byte) (int64, error) {
	var session webauthn.SessionData
	if err := json.Unmarshal(pending, &session); err != nil {
		return 0, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return 0, errors.Join(ErrRefused, err)
	}
	find := func(_, handle []byte) (webauthn.User, error) {
		if len(handle) != 8 {
			return nil, ErrRefused
		}
		account := int64(binary.BigEndian.Uint64(handle))
		if err := usable(ctx, tx, account); err != nil {
			return nil, err
		}
		return l.user(ctx, tx, account, "")
	}
	found, c, err := l.keys.ValidatePasskeyLogin(find, session, parsed)
	if err != nil {
		return 0, errors.Join(ErrRefused, err)
	}
	if c.Authenticator.CloneWarning {
		return 0, ErrRefused
	}
	data, err := json.Marshal(c)
	if err != nil {
		return 0, err
	}
	account := int64(binary.BigEndian.Uint64(found.WebAuthnID()))
	_, err = tx.Exec(ctx, `UPDATE login_passkey SET data = $3, used_at = $4 WHERE account_id = $1 AND credential = $2`,
		account, c.ID, string(data), l.now())
	return account, err
}

// Passkeys lists an account's passkeys.
func (l *Login) Passkeys(ctx context.Context, q db.Querier, account int64) ([]Passkey, error) {
	rows, err := q.Query(ctx, `SELECT id, name, made_at, used_at FROM login_passkey WHERE account_id = $1 ORDER BY id`, account)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Passkey
	for rows.Next() {
		var p Passkey
		var made, used int64
		if err := rows.Scan(&p.ID, &p.Name, &made, &used); err != nil {
			return nil, err
		}
		p.Made = time.UnixMicro(made).UTC()
		if used != 0 {
			p.Used = time.UnixMicro(used).UTC()
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// RemovePasskey deletes one of the account's passkeys, ErrAbsent if there is none.
func (l *Login) RemovePasskey(ctx context.Context, tx *db.Tx, account, id int64) error {
	var credential []byte
	err := tx.QueryRow(ctx, `SELECT credential FROM login_passkey WHERE account_id = $1 AND id = $2`, account, id).Scan(&credential)
	if err == db.ErrNoRows {
		return ErrAbsent
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM login_key WHERE kind = $1 AND value = $2`, byPasskey, credential); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM login_passkey WHERE account_id = $1 AND id = $2`, account, id)
	return err
}
