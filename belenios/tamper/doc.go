// Package tamper holds the tests that change honest elections, one thing at a
// time, and see that each change is refused for its own reason.
//
// An election is held step by step; a tampering changes what one step gives, and
// what follows is done honestly with what was changed: hashes, event chain and
// archive fit again, so that only the intended rule is broken.
package tamper
