package core

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
)

// ProblemJSON is a ready [Config.RewriteRefusal]: it answers with problem details
// (RFC 9457, application/problem+json). `title` is the status text, `detail` the
// description, and the error code is in `error`; a policy's hint keeps its
// members. Header and status stay as they are.
func ProblemJSON(_ context.Context, r Refusal) Refusal {
	problem := maps.Clone(r.Body.More)
	if problem == nil {
		problem = make(map[string]any)
	}
	problem["type"] = "about:blank"
	problem["title"] = http.StatusText(r.Status)
	problem["status"] = r.Status
	problem["detail"] = r.Body.Description
	problem["error"] = r.Body.Error
	text, err := json.Marshal(problem)
	if err != nil { // a hint that cannot be marshalled is left out
		r.Body.More = nil
		return ProblemJSON(context.Background(), r)
	}
	r.Content, r.ContentType = text, "application/problem+json"
	return r
}
