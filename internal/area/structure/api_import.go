package structure

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"odaq/internal/kernel/access"
	"odaq/internal/kernel/module"
)

// MaxUpload is the largest request with a classifier or a map, in bytes: the
// file and what a form adds to it.
const MaxUpload = maxImport + 64<<10

// uploadTime is how long a file may be on its way: 64 MiB over a slow line.
const uploadTime = 30 * time.Minute

// ImportedFile is how many records a file brought.
type ImportedFile struct {
	Records int `json:"records"`
}

type (
	sentFile struct {
		File huma.FormFile `form:"file" required:"true" doc:"CSV or XLSX; a map as TopoJSON or GeoJSON"`
	}
	fileInput struct {
		RawBody huma.MultipartFormFiles[sentFile]
	}
	mapInput struct {
		Credit  string `query:"credit" maxLength:"300" doc:"whom the map must name: the licence of the boundaries"`
		RawBody huma.MultipartFormFiles[sentFile]
	}
)

// importAPI registers the reading of organisations, classifiers and maps from
// files. A file with a wrong row changes nothing.
func (a *Area) importAPI(api huma.API) {
	op := func(name, path, summary string, action access.Action) huma.Operation {
		return huma.Operation{OperationID: name, Method: http.MethodPost, Path: path, Summary: summary, Tags: []string{"structure"},
			BodyReadTimeout: uploadTime, Middlewares: module.Requires(api, a.desk, action)}
	}
	read := func(o huma.Operation, load func(context.Context, io.Reader) (int, error)) {
		huma.Register(api, o, func(ctx context.Context, in *fileInput) (*body[ImportedFile], error) {
			return loaded(load(ctx, in.RawBody.Data().File))
		})
	}
	read(op("import-organisations", "/orgs/import", "Found the organisations of a table", Found), a.ImportOrganisations)
	read(op("import-territories", "/classifiers/territories", "Load the territory classifier, or a list of settlements", Import), a.ImportTerritories)
	read(op("import-activities", "/classifiers/activities", "Load the classifier of economic activities", Import), a.ImportActivities)
	huma.Register(api, op("import-boundaries", "/boundaries", "Load the boundaries of the regions; the old map goes", Import), func(ctx context.Context, in *mapInput) (*body[ImportedFile], error) {
		return loaded(a.ImportBoundaries(ctx, in.RawBody.Data().File, in.Credit))
	})
}

func loaded(n int, err error) (*body[ImportedFile], error) {
	if err != nil {
		return nil, err
	}
	return &body[ImportedFile]{ImportedFile{n}}, nil
}
