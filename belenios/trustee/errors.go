package trustee

import (
	"errors"
	"fmt"
)

// Reasons for which keys and messages are refused, to be found with errors.Is.
// Texts that are not canonical, elements outside the group and numbers out of
// range are refused when they are read, with the errors of package group.
var (
	// ErrCount says that lists are empty, too long or of different lengths.
	ErrCount = errors.New("wrong number of entries")
	// ErrThreshold says that the threshold is not 1 to the number of trustees, or
	// not the number of coefficients somebody has committed to.
	ErrThreshold = errors.New("wrong threshold")
	// ErrIdentity says that a key is the identity of the group, which is no secret.
	ErrIdentity = errors.New("the key is the identity")
	// ErrKeyProof says that a proof of knowledge of a private key is wrong.
	ErrKeyProof = errors.New("the proof of knowledge of the key does not hold")
	// ErrCertificate says that a certificate is not signed by its own key.
	ErrCertificate = errors.New("the certificate is not signed by its key")
	// ErrDuplicate says that two certificates share a key.
	ErrDuplicate = errors.New("the certificate has the key of an earlier one")
	// ErrStranger says that a trustee's own certificate is not on the list.
	ErrStranger = errors.New("the certificate of this key is not on the list")
	// ErrCommitments says that commitments are not signed by their trustee.
	ErrCommitments = errors.New("the commitments are not signed by the trustee's key")
	// ErrDecryption says that a message cannot be decrypted with this key.
	ErrDecryption = errors.New("the message cannot be decrypted")
	// ErrSender says that a message is not signed by whom it should come from.
	ErrSender = errors.New("the message is not signed by its sender")
	// ErrRecipient says that a message was written to somebody else.
	ErrRecipient = errors.New("the message is for another recipient")
	// ErrPolynomial says that a polynomial is not the one that was committed to.
	ErrPolynomial = errors.New("the polynomial is not the one committed to")
	// ErrShare says that a secret share contradicts its sender's commitments.
	ErrShare = errors.New("the secret contradicts its sender's commitments")
	// ErrVerificationKey says that a trustee's key is not the one that follows
	// from everybody's commitments.
	ErrVerificationKey = errors.New("the verification key does not follow from the commitments")
	// ErrSeed says that a seed is not 22 base58 characters.
	ErrSeed = errors.New("a seed has 22 characters of base58")
)

// Fault is a reason for which one trustee answers. In a ceremony Trustee is the
// number within the group, in a trustees file the number in the election; both
// start at 1.
type Fault struct {
	Trustee int
	Err     error
}

// Error names the trustee and the reason.
func (f *Fault) Error() string { return fmt.Sprintf("trustee %d: %v", f.Trustee, f.Err) }

// Unwrap is the reason.
func (f *Fault) Unwrap() error { return f.Err }

// blame makes err a Fault of the trustee with an index from 0.
func blame(index int, err error) error {
	if err == nil {
		return nil
	}
	return &Fault{index + 1, err}
}
