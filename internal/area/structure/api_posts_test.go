package structure

import (
	"testing"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/fault"
	"odaq/internal/kernel/id"
	"odaq/internal/platform/db"
	"odaq/internal/testkit/dbtest"
)

func TestAPIPosts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSmall(t, d)
		make := &postInput{ID: s.mine.String(), Body: NewPost{Day: "2026-11-01", Decision: "3", Elected: true, Chair: true}}
		make.Body.Title.KK = "Төраға"
		for role, may := range map[access.Role]bool{access.Chair: true, access.Registrar: true, access.Leader: true, access.DataOfficer: false,
			access.Partner: false, access.Observer: false, access.Admin: false, access.Auditor: false} {
			if _, err := s.apiMakePost(s.as(s.give(role, s.school)), make); err == nil {
				t.Errorf("a %s of another organisation makes a post", role)
			}
			ctx := s.as(s.give(role, s.mine))
			made, err := s.apiMakePost(ctx, make)
			if may != (err == nil) {
				t.Errorf("%s makes a post: %v", role, err)
			}
			if err != nil {
				continue
			}
			term, err := s.apiAppoint(ctx, &termInput{ID: make.ID, Post: made.Body.ID, Body: NewTerm{Holder: "Болат Мысалов", From: "2026-11-02", Decision: "4"}})
			if err != nil {
				t.Fatal(err)
			}
			end := &termEndInput{ID: make.ID, Term: term.Body.ID, Body: TermEnd{Day: "2026-11-10", Decision: "5"}}
			if _, err := s.apiEndTerm(s.as(0), end); err == nil {
				t.Error("the public ends a term")
			}
			if _, err := s.apiEndTerm(ctx, end); err != nil {
				t.Error(err)
			}
		}
		in := &orgInput{ID: make.ID}
		public, err := s.apiPosts(s.as(0), in)
		if err != nil || len(public.Body) != 3 || len(public.Body[0].Terms) != 0 {
			t.Errorf("the public sees %+v %v", public, err)
		}
		kept, err := s.apiPosts(s.as(s.give(access.Registrar, s.miners)), in)
		if err != nil || len(kept.Body) != 3 || len(kept.Body[0].Terms) != 1 || kept.Body[0].Terms[0].EndedBy != "5" {
			t.Errorf("the registrar sees %+v %v", kept, err)
		}
		in.Day = "2026-11-05"
		if public, err = s.apiPosts(s.as(0), in); err != nil || len(public.Body[0].Terms) != 1 || public.Body[0].Terms[0].Holder != "Болат Мысалов" {
			t.Errorf("on an earlier day the public sees %+v %v", public, err)
		}
		if _, err := s.apiPosts(s.ctx, &orgInput{ID: id.New().String()}); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown organisation: %v", err)
		}
	})
}
