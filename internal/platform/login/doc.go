// Package login finds out who is there: accounts, the ways to prove that one is
// theirs, browser sessions, personal access tokens, and limits on trying.
//
// The ways to sign in are a one-time code (a printed slip or a message), an
// e-mail address with a password, a passkey, and an identity provider that
// speaks OpenID Connect. A second factor is a time-based code, a recovery code,
// or a passkey, which proves both at once.
//
// What is stored proves nothing to a thief: passwords are argon2id hashes; codes
// are blind indexes under a key outside the database; session and access tokens
// are SHA-256 hashes of 130 random bits or more; e-mail addresses, telephone
// numbers and TOTP secrets are sealed. Of a network address only a keyed
// fingerprint is kept, as long as its limit counts.
//
// Answers do not tell whether an account exists: an unknown address costs the
// same hash, the same limit and the same words as a wrong password.
//
// The package knows no page, no language and no federation word. Identifiers
// are made by the caller. What changes something takes the caller's
// transaction; what is slow on purpose (a password hash) happens outside it.
package login
