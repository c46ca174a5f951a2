package module

import (
	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/act"
	"odaq/internal/kernel/fault"
)

// Requires lets nobody to an operation who does not have the action anywhere: so
// that a large file is not even read of whoever may not send it.
func Requires(api huma.API, desk *act.Desk, action access.Action) huma.Middlewares {
	return huma.Middlewares{func(h huma.Context, next func(huma.Context)) {
		ctx := h.Context()
		if err := desk.Gate.Require(ctx, desk.DB.Read(), access.From(ctx), action, 0); err != nil {
			_ = huma.WriteErr(api, h, fault.Of(err).Kind.Status(), "", err) // the caller is gone if this fails
			return
		}
		next(h)
	}}
}
