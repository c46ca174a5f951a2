package structure

import (
	"context"

	"odaq/internal/kernel/search"
	"odaq/internal/kernel/text"
	"odaq/internal/platform/db"
)

func saveTerritory(ctx context.Context, tx *db.Tx, u Territory) error {
	_, err := tx.Exec(ctx, `INSERT INTO structure_territory (code, parent, region, level, name_kk, name_ru, name_en, sort_key)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, region = excluded.region,
		level = excluded.level, name_kk = excluded.name_kk, name_ru = excluded.name_ru, name_en = excluded.name_en, sort_key = excluded.sort_key`,
		u.Code, u.Parent, u.Region, u.Level, u.Names.KK, u.Names.RU, u.Names.EN, search.SortKey("kk", u.Names.In(text.KK)))
	return err
}

func saveActivity(ctx context.Context, tx *db.Tx, c classified) error {
	_, err := tx.Exec(ctx, `INSERT INTO structure_activity (code, parent, level, name_kk, name_ru, name_en) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (code) DO UPDATE SET parent = excluded.parent, level = excluded.level, name_kk = excluded.name_kk, name_ru = excluded.name_ru, name_en = excluded.name_en`,
		c.code, c.parent, c.level, c.names.KK, c.names.RU, c.names.EN)
	return err
}

// replaceBoundaries puts a map in the place of the one there was.
func replaceBoundaries(ctx context.Context, tx *db.Tx, drawn []boundary) error {
	if _, err := tx.Exec(ctx, `DELETE FROM structure_boundary`); err != nil {
		return err
	}
	for _, b := range drawn {
		if _, err := tx.Exec(ctx, `INSERT INTO structure_boundary (region, path, x, y, view_box, credit) VALUES ($1, $2, $3, $4, $5, $6)`,
			b.Region, b.Path, b.X, b.Y, b.ViewBox, b.Credit); err != nil {
			return err
		}
	}
	return nil
}
