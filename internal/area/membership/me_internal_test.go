package membership

import (
	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/event"
	"odaq/internal/kernel/site"
)

// What tests from outside put together as app does.

func (a *Area) MePages(s *site.Site)    { a.mePages(s); s.Nav, s.Tabs = meNav(), meTabs }
func (a *Area) MeAPI(api huma.API)      { a.meAPI(api) }
func (a *Area) CardEvents(b *event.Bus) { a.cardEvents(b) }

var (
	Judge    = judge
	LastDay  = lastDay
	Holdings = holdings
)
