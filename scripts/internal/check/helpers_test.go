package check

import (
	"testing"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/check/report"
)

// startTimeout is longer than any machine needs.
const startTimeout = time.Minute

// dotenvRows are the rows about .env files, each as status, id and file.
func dotenvRows(t *testing.T, dir string) []string {
	t.Helper()
	r := &report.Report{}
	if err := checkEnvFiles(t.Context(), dir, r); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Rows {
		rows = append(rows, string(row.Status)+" "+row.ID+" "+row.Route)
	}
	return rows
}
