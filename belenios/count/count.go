// Package count has the three ways of counting ranked and graded questions:
// the single transferable vote, Schulze and majority judgment (FORMAT §14).
//
// The ballots are the decrypted vectors of one question, one number for each
// choice; choices are called by their index from 0. Results are written in JSON
// exactly as belenios-tool 2.0 writes them, except that majority judgment leaves
// open the order of equals, which is ascending here.
//
// A voter can encrypt any numbers from 0 to 255. Numbers that mean nothing
// therefore make a ballot invalid and never stop the count; what no ballot can
// hold (another number, a vector of another length) is an error of the caller.
// All functions are pure: they draw no lots, and settle ties by rules that are
// the same for everybody.
package count

import (
	"errors"
	"fmt"
)

// Errors of a caller. They are wrapped with what was wrong and where.
var (
	ErrSeats   = errors.New("number of seats")
	ErrChoices = errors.New("number of choices")
	ErrGrades  = errors.New("number of grades")
	ErrLength  = errors.New("ballot of another length")
	ErrValue   = errors.New("no number of a ballot")
)

// MaxValue is the greatest number that fits in a ballot, and the greatest number
// of choices: no group embeds more (FORMAT §2).
const MaxValue = 255

// check says whether the ballots are vectors of choices numbers from 0 to MaxValue.
func check(ballots [][]int, choices int) error {
	if choices < 1 || choices > MaxValue {
		return fmt.Errorf("%w: %d, not from 1 to %d", ErrChoices, choices, MaxValue)
	}
	for i, b := range ballots {
		if len(b) != choices {
			return fmt.Errorf("%w: ballot %d has %d numbers for %d choices", ErrLength, i, len(b), choices)
		}
		for c, v := range b {
			if v < 0 || v > MaxValue {
				return fmt.Errorf("%w: ballot %d gives choice %d the number %d, not from 0 to %d", ErrValue, i, c, v, MaxValue)
			}
		}
	}
	return nil
}

// blank tells whether a ballot says nothing.
func blank(ballot []int) bool {
	for _, v := range ballot {
		if v != 0 {
			return false
		}
	}
	return true
}
