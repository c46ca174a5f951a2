package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"odaq/internal/platform/db"
)

// provider is an identity provider: discovery, keys, and tokens really signed
// (ES256), with PKCE checked.
type provider struct {
	*httptest.Server
	key        *ecdsa.PrivateKey
	now        func() time.Time
	challenges map[string]url.Values // by code: the request to the authorisation endpoint
	claims     map[string]any        // what the next token says beside the standard claims
	forge      func(claims map[string]any)
}

func newProvider(t *testing.T, now func() time.Time) *provider {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p := &provider{key: key, now: now, challenges: map[string]url.Values{}, claims: map[string]any{}}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		if err := json.NewEncoder(w).Encode(v); err != nil {
			t.Error(err)
		}
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
		answer(w, map[string]any{"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token",
			"jwks_uri": p.URL + "/keys", "id_token_signing_alg_values_supported": []string{"ES256"}})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, r *http.Request) {
		point, err := key.PublicKey.Bytes() // 0x04, X, Y
		if err != nil {
			t.Error(err)
			return
		}
		answer(w, map[string]any{"keys": []any{map[string]any{"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1",
			"x": b64(point[1:33]), "y": b64(point[33:])}}})
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		asked, known := p.challenges[r.FormValue("code")]
		sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if !known || asked.Get("code_challenge_method") != "S256" || asked.Get("code_challenge") != b64(sum[:]) || id != "odaq" || secret != "s3cret" ||
			r.FormValue("redirect_uri") != asked.Get("redirect_uri") {
			w.WriteHeader(http.StatusBadRequest)
			answer(w, map[string]any{"error": "invalid_grant"})
			return
		}
		delete(p.challenges, r.FormValue("code"))
		claims := map[string]any{"iss": p.URL, "aud": "odaq", "sub": "u-1", "nonce": asked.Get("nonce"),
			"iat": p.now().Unix(), "exp": p.now().Add(time.Minute).Unix()}
		for k, v := range p.claims {
			claims[k] = v
		}
		if p.forge != nil {
			p.forge(claims)
		}
		answer(w, map[string]any{"access_token": "a", "token_type": "Bearer", "id_token": p.sign(t, claims)})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	return p
}

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

func (p *provider) sign(t *testing.T, claims map[string]any) string {
	body, err := json.Marshal(claims)
	must(t, err)
	signed := b64([]byte(`{"alg":"ES256","kid":"1"}`)) + "." + b64(body)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, p.key, sum[:])
	must(t, err)
	return signed + "." + b64(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

// visit is the browser at the provider: it signs in there and comes back.
func (p *provider) visit(t *testing.T, address string) url.Values {
	u, err := url.Parse(address)
	must(t, err)
	q := u.Query()
	code := secret(20)
	p.challenges[code] = q
	return url.Values{"code": {code}, "state": {q.Get("state")}}
}

func TestOIDC(t *testing.T) {
	c := &clock{at: time.Now()}
	p := newProvider(t, func() time.Time { return c.Now() })
	config := &OIDC{Name: "Test", Issuer: p.URL, ClientID: "odaq", ClientSecret: "s3cret"}
	each(t, Options{OIDC: config}, func(t *testing.T, l *Login, own *clock) {
		ctx := t.Context()
		own.forward(c.Now().Sub(own.Now()))
		p.claims, p.forge = map[string]any{"email": "a@example.kz", "email_verified": true}, nil
		create(t, l, Account{ID: 1, Email: "a@example.kz"})
		create(t, l, Account{ID: 2})
		begin := func() (url.Values, []byte) {
			t.Helper()
			address, pending, err := l.BeginOIDC(ctx)
			must(t, err)
			return p.visit(t, address), pending
		}
		enter := func(id Identity) (account int64, err error) {
			err = write(t, l, func(tx *db.Tx) (err error) { account, err = l.Identified(ctx, tx, id); return err })
			return
		}
		back, pending := begin()
		id, err := l.FinishOIDC(ctx, pending, back)
		must(t, err)
		if id.Email != "a@example.kz" || id.Second {
			t.Fatalf("%+v", id)
		}
		_, err = l.FinishOIDC(ctx, pending, back)
		want(t, err, ErrRefused) // a code works once
		_, err = enter(id)
		want(t, err, ErrRefused) // not linked, and the address alone is not trusted
		must(t, write(t, l, func(tx *db.Tx) error { return l.Link(ctx, tx, 2, id) }))
		want(t, write(t, l, func(tx *db.Tx) error { return l.Link(ctx, tx, 1, id) }), ErrTaken)
		if got, err := enter(id); err != nil || got != 2 {
			t.Fatalf("linked: %d %v", got, err)
		}
		must(t, write(t, l, func(tx *db.Tx) error { return l.Unlink(ctx, tx, 2) }))
		l.issuer.TrustEmail = true
		if got, err := enter(id); err != nil || got != 1 {
			t.Fatalf("trusted address: %d %v", got, err)
		}
		p.claims["email_verified"] = false
		p.claims["sub"] = "u-2"
		back, pending = begin()
		other, err := l.FinishOIDC(ctx, pending, back)
		must(t, err)
		_, err = enter(other)
		want(t, err, ErrRefused) // an address nobody verified opens nothing
		p.claims["amr"] = []string{"pwd", "mfa"}
		back, pending = begin()
		if id, err := l.FinishOIDC(ctx, pending, back); err != nil || !id.Second {
			t.Fatalf("more than one factor: %+v %v", id, err)
		}

		// What must not pass.
		back, pending = begin()
		back.Set("state", "another")
		_, err = l.FinishOIDC(ctx, pending, back)
		want(t, err, ErrRefused)
		back, _ = begin()
		_, pending = begin() // the code of one attempt with the secrets of another
		var e errand
		must(t, json.Unmarshal(pending, &e))
		back.Set("state", e.State)
		_, err = l.FinishOIDC(ctx, pending, back)
		want(t, err, ErrRefused)
		for name, forge := range map[string]func(map[string]any){
			"nonce":    func(c map[string]any) { c["nonce"] = "replayed" },
			"audience": func(c map[string]any) { c["aud"] = "somebody else" },
			"issuer":   func(c map[string]any) { c["iss"] = "https://evil.example" },
			"expired":  func(c map[string]any) { c["exp"] = own.Now().Add(-time.Hour).Unix() },
		} {
			p.forge = forge
			back, pending = begin()
			_, err = l.FinishOIDC(ctx, pending, back)
			if want(t, err, ErrRefused); err == nil {
				t.Fatal(name)
			}
		}
		p.forge = nil
		right := p.key
		p.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		must(t, err)
		back, pending = begin()
		_, err = l.FinishOIDC(ctx, pending, back)
		p.key = right
		want(t, err, ErrRefused) // signed by a stranger
	})
}
