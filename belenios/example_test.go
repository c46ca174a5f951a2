package belenios_test

import (
	"context"
	"fmt"
	"os"

	"odaq/belenios"
)

// An auditor needs the archive, and the fingerprint that was announced.
func ExampleVerify() {
	archive, err := os.Open("testdata/v01-ff-single/CtkW8YC5bqVoz3.bel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer archive.Close()
	report, err := belenios.Verify(context.Background(), archive, belenios.Options{})
	if err != nil {
		fmt.Println(err) // which event breaks which rule
		return
	}
	fmt.Println(report.Fingerprint == "GTKSS0NDBaT11iItdrncsP+POSAR1ZvDuxNJbh4NN6g")
	fmt.Println(report.Counted, "of", report.Voters, "voted")
	for _, q := range report.Questions {
		fmt.Println(q.Question, q.Counts)
	}
	// Output:
	// true
	// 12 of 12 voted
	// Elect the chair [2 4 6]
	// Elect up to three council members [3 5 2 3 4 2]
}

// A voter looks for her ballot by its tracker.
func ExampleFind() {
	archive, err := os.Open("testdata/v01-ff-single/CtkW8YC5bqVoz3.bel")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer archive.Close()
	found, err := belenios.Find(archive, "dkuoYAWavCWnqrv4/cEsprDrk8rCrAYholwBUcaS+xM")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("ballot", found.Number, "counts:", found.Counts())
	fmt.Println("replaced by", found.Replaced)
	// Output:
	// ballot 4 counts: false
	// replaced by 2hU3Bkysf5CQ3M2VZP6ToqoxrS5ggfC8tu0d0rbGbvE
}
