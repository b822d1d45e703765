package report

import (
	"strings"
	"testing"
)

func sample() *Report {
	r := &Report{Server: "."}
	r.Add(Row{"no-token", "no token", "GET /a", OK, "401 with a challenge", ""})
	r.Add(Row{"no-token", "no token", "GET /b", OK, "401 with a challenge", ""})
	r.Add(Row{"no-token", "no token", "GET /c", Failed, "200: <open>", "mount it"})
	r.Add(Row{"no-token", "no token", "GET /d", OK, "401 with a challenge", ""})
	r.Add(Row{"identity", "who", "", Warned, "nobody", "name it"})
	r.Add(Row{"party", "azp", "", NotTried, "needs x", ""})
	r.Add(Row{"cors", "CORS", "", Info, "none", ""})
	return r
}

func TestText(t *testing.T) {
	var out strings.Builder
	sample().Text(&out)
	const want = `ok         no token  2 routes  401 with a challenge
FAIL       no token  GET /c    200: <open>
           -> mount it
ok         no token  GET /d    401 with a challenge
warn       who                 nobody
           -> name it
not tried  azp                 needs x
note       CORS                none

FAILED: 3 ok, 1 failed, 1 warning, 1 not tried.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestPassed(t *testing.T) {
	for name, row := range map[string]struct {
		report Report
		want   bool
	}{
		"nothing tried": {Report{}, false},
		"only notes":    {Report{Rows: []Row{{Status: Info}, {Status: NotTried}}}, false},
		"warned":        {Report{Rows: []Row{{Status: OK}, {Status: Warned}}}, true},
		"failed":        {Report{Rows: []Row{{Status: OK}, {Status: Failed}}}, false},
	} {
		if got := row.report.Passed(); got != row.want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

func TestMachines(t *testing.T) {
	var json, xml strings.Builder
	if err := sample().JSON(&json); err != nil {
		t.Fatal(err)
	}
	if err := sample().JUnit(&xml); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"passed": false`, `"status": "not tried"`, `"reason": "200: <open>"`, `"not_tried": 1`} {
		if !strings.Contains(json.String(), want) {
			t.Errorf("%s is not in %s", want, json.String())
		}
	}
	for _, want := range []string{`tests="7" failures="1" skipped="1"`, `<failure message="200: &lt;open&gt;">mount it</failure>`, `<skipped message="needs x">`} {
		if !strings.Contains(xml.String(), want) {
			t.Errorf("%s is not in %s", want, xml.String())
		}
	}
}
