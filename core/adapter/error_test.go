package adapter_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/authkeel/authkeel/core/adapter"
)

func TestRefusalIsAnError(t *testing.T) {
	reason := errors.New("the reason")
	var err error = &adapter.Refusal{Status: 403, Body: adapter.Body{Error: "insufficient_scope", Description: "no"}, Err: reason}
	err = fmt.Errorf("in middleware: %w", err)
	var refusal *adapter.Refusal
	if !errors.As(err, &refusal) || !errors.Is(err, reason) {
		t.Fatalf("got %v, want a Refusal that wraps its reason", err)
	}
	if got, want := err.Error(), "in middleware: insufficient_scope"; got != want {
		t.Errorf("got %q, want %q: the reason is for the log", got, want)
	}
	text, err := json.Marshal(refusal)
	if want := `{"error":"insufficient_scope","error_description":"no"}`; err != nil || string(text) != want || refusal.StatusCode() != 403 {
		t.Errorf("got %d %s, %v, want 403 %s", refusal.StatusCode(), text, err, want)
	}
}
