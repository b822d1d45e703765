package main

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/authkeel/authkeel/core"
)

// What an operation may be, for anonymous callers and for those who have signed in.
// Only the latter may ask for the schema.
const (
	anonymousDepth, signedInDepth           = 4, 12
	anonymousComplexity, signedInComplexity = 600, 6000
)

// limits is an extension of gqlgen that limits depth and introspection.
type limits struct{}

var _ graphql.OperationContextMutator = limits{}

func (limits) ExtensionName() string                   { return "Limits" }
func (limits) Validate(graphql.ExecutableSchema) error { return nil }

func (limits) MutateOperationContext(ctx context.Context, operation *graphql.OperationContext) *gqlerror.Error {
	most := anonymousDepth
	if _, signedIn := core.IdentityFrom(ctx); signedIn {
		most = signedInDepth
		operation.DisableIntrospection = false
	}
	if !within(operation.Operation.SelectionSet, most) {
		err := gqlerror.Errorf("%s", fmt.Sprintf("the operation is deeper than %d fields", most))
		errcode.Set(err, "DEPTH_LIMIT_EXCEEDED")
		return err
	}
	return nil
}

// within reports whether no field is deeper than depth. Introspection has its own
// switch. The query was validated, so fragments do not spread themselves.
func within(set ast.SelectionSet, depth int) bool {
	for _, selection := range set {
		fits := true
		switch s := selection.(type) {
		case *ast.Field:
			isIntrospection := s.Name == "__schema" || s.Name == "__type"
			fits = isIntrospection || depth > 0 && within(s.SelectionSet, depth-1)
		case *ast.InlineFragment:
			fits = within(s.SelectionSet, depth)
		case *ast.FragmentSpread:
			fits = within(s.Definition.SelectionSet, depth)
		}
		if !fits {
			return false
		}
	}
	return true
}

// maxComplexity is how much an operation may cost: fields, times the items that they
// are asked of.
func maxComplexity(ctx context.Context, _ *graphql.OperationContext) int {
	if _, signedIn := core.IdentityFrom(ctx); signedIn {
		return signedInComplexity
	}
	return anonymousComplexity
}
