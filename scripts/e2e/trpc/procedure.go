package trpc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/authkeel/authkeel/core"
)

// None is the input or output of a procedure that has none. A client may send
// undefined, null or an empty object for it, and reads null.
type None struct{}

// MarshalJSON writes null.
func (None) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Validator is for inputs that JSON alone does not make right. The text of the
// error is sent to the client with BAD_REQUEST.
type Validator interface{ Validate() error }

// procedure is one procedure with its types taken off.
type procedure struct {
	mutation bool
	in, out  reflect.Type
	call     func(ctx context.Context, input json.RawMessage) (any, error)
}

// Query adds a procedure that changes nothing. It is called with GET. The
// policies are asked before the input is read, in order; without one the
// procedure is open to everybody whom the middleware lets through. It panics
// when the path cannot be called or is taken.
func Query[In, Out any](r *Router, path string, do func(context.Context, In) (Out, error), need ...core.Policy) {
	r.add(path, procedure{false, reflect.TypeFor[In](), reflect.TypeFor[Out](), typed(do, need)})
}

// Mutation adds a procedure that changes something. It is called with POST, and
// is otherwise as with [Query].
func Mutation[In, Out any](r *Router, path string, do func(context.Context, In) (Out, error), need ...core.Policy) {
	r.add(path, procedure{true, reflect.TypeFor[In](), reflect.TypeFor[Out](), typed(do, need)})
}

func (r *Router) add(path string, p procedure) {
	if path == "" || strings.ContainsAny(path, ",/?#% ") {
		panic(fmt.Sprintf("trpc: %q cannot be the path of a procedure", path))
	}
	if _, taken := r.procedures[path]; taken {
		panic(fmt.Sprintf("trpc: there are two procedures %q", path))
	}
	r.procedures[path] = p
}

// SignedIn is the policy of procedures for everybody who is authenticated. It
// matters behind OptionalAuth, which lets anonymous callers through.
func SignedIn(context.Context, *core.Identity) error { return nil }

func typed[In, Out any](do func(context.Context, In) (Out, error), need []core.Policy) func(context.Context, json.RawMessage) (any, error) {
	return func(ctx context.Context, input json.RawMessage) (any, error) {
		for _, policy := range need {
			if err := core.Authorize(ctx, policy); err != nil {
				return nil, err
			}
		}
		var in In
		if err := decode(input, &in); err != nil {
			return nil, err
		}
		return do(ctx, in)
	}
}

// decode reads an input into the type that in points to. A member that the type
// lacks is refused: a misspelt option would otherwise be ignored without a word.
// Only None and pointers can do without an input.
func decode(input json.RawMessage, in any) error {
	if len(input) == 0 || string(input) == "null" {
		if to := reflect.TypeOf(in).Elem(); to.Kind() != reflect.Pointer && to != reflect.TypeFor[None]() {
			return &Error{Code: BadRequest, Message: "the procedure takes an input"}
		}
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(input))
	d.DisallowUnknownFields()
	if err := d.Decode(in); err != nil {
		return &Error{Code: BadRequest, Message: "the input is not what the procedure takes"}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &Error{Code: BadRequest, Message: "there is something behind the input"}
	}
	v, ok := in.(Validator)
	if !ok { // an input that is a pointer itself
		v, ok = reflect.ValueOf(in).Elem().Interface().(Validator)
	}
	if ok {
		if err := v.Validate(); err != nil {
			return &Error{Code: BadRequest, Message: err.Error()}
		}
	}
	return nil
}

// run calls the procedure and makes an error of a panic, so that one call of a
// batch cannot take the others with it.
func (p procedure) run(ctx context.Context, input json.RawMessage) (out any, err error) {
	defer func() {
		if v := recover(); v != nil {
			out, err = nil, fmt.Errorf("panic: %v\n%s", v, debug.Stack())
		}
	}()
	return p.call(ctx, input)
}
