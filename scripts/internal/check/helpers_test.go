package check

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
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
	if err := dotenv(t.Context(), dir, r); err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, row := range r.Rows {
		rows = append(rows, string(row.Status)+" "+row.ID+" "+row.Route)
	}
	return rows
}

// watched calls then once text was written to it.
type watched struct {
	bytes.Buffer
	text string
	then func()
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.text) {
		w.then()
	}
	return n, err
}

// alive reports whether a process runs: one that ended and was not waited for
// does not.
func alive(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(state, "Z")
}
