// Package account is signing in, one's own account, and the administration of
// accounts and roles (kk: тіркелгі, кіру, рөл; ru: учётная запись, вход, роль).
//
// Invariants:
//
//   - one account per person, one person or none per account;
//   - who signs in gets a new session token; so does who proves a second factor;
//   - once an account has a second factor, what could weaken it asks for that factor;
//   - nobody gives a role to himself or herself, and no role is given without the
//     number of a decision;
//   - no answer of the sign-in pages tells whether an account exists.
//
// The technique is internal/platform/login; here are the pages, the API, the
// permissions and the words.
package account
