package report

import (
	"strings"
	"testing"
)

func sample() *Report {
	r := &Report{Server: ".", TokenTried: true}
	for _, row := range []Row{
		{ID: "no-token", Check: "no token", Route: "GET /a", Status: OK, Reason: "401 with a challenge"},
		{ID: "no-token", Check: "no token", Route: "GET /b", Status: OK, Reason: "401 with a challenge"},
		{ID: "no-token", Check: "no token", Route: "GET /c", Status: Failed, Reason: "200: <open>", Remedy: "mount it"},
		{ID: "no-token", Check: "no token", Route: "GET /d", Status: OK, Reason: "401 with a challenge"},
		{ID: "identity", Check: "user", Status: Warned, Reason: "no answer", Remedy: "name it"},
		{ID: "party", Check: "azp", Status: NotTried, Reason: "needs x"},
		{ID: "cors", Check: "CORS", Status: Info, Reason: "none\x1b[31m"},
	} {
		r.Add(row)
	}
	return r
}

func TestText(t *testing.T) {
	var out strings.Builder
	sample().Text(&out)
	const want = `ok         no token  2 routes  401 with a challenge
FAIL       no token  GET /c    200: <open>
           -> mount it
ok         no token  GET /d    401 with a challenge
warn       user                no answer
           -> name it
not tried  azp                 needs x
info       CORS                none[31m

FAILED: 3 ok, 1 failed, 1 warning, 1 not tried.
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

// TestVerdict: only a run that looked at everything and showed a token has passed.
func TestVerdict(t *testing.T) {
	for name, row := range map[string]struct {
		report Report
		want   Verdict
		says   string
	}{
		"nothing tried":        {Report{TokenTried: true}, Failure, "0 ok"},
		"only information":     {Report{TokenTried: true, Rows: []Row{{Status: Info}, {Status: NotTried}}}, Failure, "1 not tried"},
		"a warning":            {Report{TokenTried: true, Rows: []Row{{Status: OK}, {Status: Warned}}}, Passed, "1 warning"},
		"a failure":            {Report{TokenTried: true, Rows: []Row{{Status: OK}, {Status: Failed}}}, Failure, "1 failed"},
		"no token":             {Report{Rows: []Row{{Status: OK}}}, Incomplete, "No token was tried"},
		"a gap":                {Report{TokenTried: true, Rows: []Row{{Status: OK}, {Status: NotTried, Gap: true}}}, Incomplete, "1 route was not checked"},
		"two gaps":             {Report{TokenTried: true, Rows: []Row{{Status: OK}, {Status: NotTried, Gap: true}, {Status: NotTried, Gap: true}}}, Incomplete, "2 routes, or groups"},
		"a gap and a failure":  {Report{TokenTried: true, Rows: []Row{{Status: OK}, {Status: Failed}, {Status: NotTried, Gap: true}}}, Failure, "1 route was not checked"},
		"a gap, accepted":      {Report{TokenTried: true, GapsAllowed: true, Rows: []Row{{Status: OK}, {Status: NotTried, Gap: true}}}, Passed, "1 route was not checked"},
		"other rows not tried": {Report{TokenTried: true, Rows: []Row{{Status: OK}, {Status: NotTried}}}, Passed, "1 not tried"},
	} {
		if got := row.report.Verdict(); got != row.want || row.report.Passed() != (row.want == Passed) || !strings.HasPrefix(row.report.Summary(), string(row.want)) || !strings.Contains(row.report.Summary(), row.says) {
			t.Errorf("%s: got %s, %s", name, got, row.report.Summary())
		}
	}
}

func TestFormats(t *testing.T) {
	var json, xml strings.Builder
	if err := sample().JSON(&json); err != nil {
		t.Fatal(err)
	}
	if err := sample().JUnit(&xml); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"passed": false`, `"verdict": "FAILED"`, `"status": "not tried"`, `"reason": "200: <open>"`, `"not_tried": 1`, `"gaps": 0`} {
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
