package clerk

import "fmt"

// Reverification says how recently the user must have given a factor: a [Preset]
// or [Within].
type Reverification interface {
	fmt.Stringer
	// limit reports false for an invalid value, which nothing meets.
	limit() (level Level, afterMinutes int, ok bool)
}

// Preset is one of Clerk's names for a level and a time.
type Preset string

// The presets.
const (
	StrictMFA Preset = "strict_mfa" // both factors within 10 minutes
	Strict    Preset = "strict"     // the second factor within 10 minutes
	Moderate  Preset = "moderate"   // the second factor within 60 minutes
	Lax       Preset = "lax"        // the second factor within 24 hours
)

// Level says which factors count.
type Level string

// The levels. For a user without a second factor the first counts instead.
const (
	FirstFactor  Level = "first_factor"
	SecondFactor Level = "second_factor"
	MultiFactor  Level = "multi_factor" // both
)

// Within is a level and a time of your own. AfterMinutes is above 0; Clerk's front
// end knows up to 99 998. An age of exactly AfterMinutes is too old.
type Within struct {
	Level        Level `json:"level"`
	AfterMinutes int   `json:"afterMinutes"`
}

func (p Preset) limit() (level Level, afterMinutes int, ok bool) {
	switch p {
	case StrictMFA:
		return MultiFactor, 10, true
	case Strict:
		return SecondFactor, 10, true
	case Moderate:
		return SecondFactor, 60, true
	case Lax:
		return SecondFactor, 24 * 60, true
	}
	return "", 0, false
}

func (w Within) limit() (level Level, afterMinutes int, ok bool) {
	switch w.Level {
	case FirstFactor, SecondFactor, MultiFactor:
		return w.Level, w.AfterMinutes, w.AfterMinutes > 0
	}
	return "", 0, false
}

// String returns the preset's name.
func (p Preset) String() string { return string(p) }

// String returns level and time.
func (w Within) String() string { return fmt.Sprintf("%s/%d", string(w.Level), w.AfterMinutes) }

// fresh reports whether the factors of the level were given less than that many
// minutes ago. nil, for a token that does not say, is never fresh.
func (a *FactorAge) fresh(level Level, minutes int) bool {
	if a == nil {
		return false
	}
	limit := float64(minutes)
	first := a.First >= 0 && a.First < limit
	second := a.Second >= 0 && a.Second < limit
	enrolled := a.Second != -1
	switch {
	case level == FirstFactor || !enrolled:
		return first
	case level == SecondFactor:
		return second
	}
	return first && second
}

// ReverificationHint returns what Clerk's browser SDK looks for in a 403 to ask the
// user for a factor and repeat the request. [Has] uses it; in a policy of your own
// set it as core.DeniedError.Hint. r may be nil: the front end then uses its
// default.
func ReverificationHint(r Reverification) map[string]any {
	metadata := map[string]any{}
	if r != nil {
		metadata["reverification"] = r
	}
	return map[string]any{"clerk_error": map[string]any{
		"type": "forbidden", "reason": "reverification-error", "metadata": metadata,
	}}
}
