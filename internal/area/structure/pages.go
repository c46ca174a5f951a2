package structure

import (
	"odaq/internal/kernel/site"
)

// pages registers all pages of the area.
func (a *Area) pages(s *site.Site) {
	s.Handle("GET /{$}", View, a.dashboardPage)
	s.Handle("GET /orgs", View, a.registerPage)
	s.Handle("GET /orgs/new", Found, a.foundForm)
	s.Handle("POST /orgs/new", Found, a.foundPost)
	s.Handle("GET /orgs/{id}", View, a.orgPage)
	s.Handle("GET /orgs/{id}/posts", Post, a.postsPage)
	s.Handle("POST /orgs/{id}/posts", Post, a.postsPost)
	s.Handle("GET /orgs/{id}/{event}", Describe, a.eventForm)
	s.Handle("POST /orgs/{id}/{event}", Describe, a.eventPost)
	s.Handle("GET /regions/{iso}", View, a.regionPage)
	s.Handle("GET /compare", View, a.comparePage)
}

func nav() []site.NavItem {
	return []site.NavItem{
		{Key: "structure.nav.dashboard", Path: "/"},
		{Key: "structure.nav.orgs", Path: "/orgs"},
		{Key: "structure.nav.compare", Path: "/compare"},
	}
}
