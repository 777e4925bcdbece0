package assets

import (
	"embed"
	"io/fs"
)

//go:embed sample/*.csv
var sampleFiles embed.FS

// Sample returns the sample district as the CSV files that a town would import:
// stores.csv, libraries.csv, titles.csv, residents.csv and stock.csv, UTF-8 with a
// header line, in Korean for stores and residents and in English for the others,
// so that both kinds are exercised. Stores, residents and stock are made up;
// libraries and titles are real (sample/README.md says where from).
func Sample() fs.FS {
	files, err := fs.Sub(sampleFiles, "sample")
	if err != nil {
		panic("assets: sample: " + err.Error())
	}
	return files
}
