package sqldb

import "embed"

// Schema holds the migrations, forward only, in goose's form.
//
//go:embed schema/*.sql
var Schema embed.FS
