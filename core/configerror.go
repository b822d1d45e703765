package core

import (
	"errors"
	"fmt"
	"strings"
)

// ConfigError is a mistake in a [Config]: what [New] returns, and packages that make
// a Config from settings of their own, so that they can name their setting instead.
type ConfigError struct {
	Field string // path of the field below Config, such as "Issuers[0].URL"
	Err   error  // what is wrong and what to do; it reads on after the name

	name string // of what the user wrote, where that is not the field
}

// Error returns the name of the field and what to do about it.
func (e *ConfigError) Error() string {
	if e.name != "" {
		return "authkeel: " + e.name + " " + e.Err.Error()
	}
	return "authkeel: Config." + e.Field + " " + e.Err.Error()
}

// Unwrap returns the mistake without the name of the field.
func (e *ConfigError) Unwrap() error { return e.Err }

// configError names the field that is wrong and how to fix it.
func configError(field, format string, args ...any) error {
	return &ConfigError{Field: field, Err: fmt.Errorf(format, args...)}
}

// renamed gives a mistake the name of what the user wrote: names has it by the
// field, for a list without its index.
func renamed(err error, names map[string]string) error {
	var known *ConfigError
	if !errors.As(err, &known) {
		return err
	}
	for field, name := range names {
		if known.Field == field || strings.HasPrefix(known.Field, field+"[") {
			return &ConfigError{Field: known.Field, Err: known.Err, name: name}
		}
	}
	return err
}
