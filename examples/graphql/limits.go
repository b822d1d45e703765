package main

import (
	"context"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/graphqlauth"
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
	depth, introspects := measure(operation.Operation.SelectionSet)
	most := anonymousDepth
	if _, signedIn := core.IdentityFrom(ctx); signedIn {
		most = signedInDepth
		operation.DisableIntrospection = false
	} else if introspects {
		return refuse(graphqlauth.CodeUnauthenticated, "the schema is for callers who have signed in")
	}
	if depth > most {
		return refuse("DEPTH_LIMIT_EXCEEDED", fmt.Sprintf("the operation is %d fields deep, which exceeds the limit of %d", depth, most))
	}
	return nil
}

func refuse(code, message string) *gqlerror.Error {
	err := gqlerror.Errorf("%s", message)
	errcode.Set(err, code)
	return err
}

// measure returns how many fields deep a query is, and whether it asks for the
// schema, whose own depth does not count. The query was validated, so that fragments
// do not spread themselves.
func measure(set ast.SelectionSet) (depth int, introspects bool) {
	for _, selection := range set {
		var below ast.SelectionSet
		own := 0
		switch s := selection.(type) {
		case *ast.Field:
			if s.Name == "__schema" || s.Name == "__type" {
				introspects = true
				continue
			}
			below, own = s.SelectionSet, 1
		case *ast.InlineFragment:
			below = s.SelectionSet
		case *ast.FragmentSpread:
			below = s.Definition.SelectionSet
		}
		deeper, asks := measure(below)
		depth, introspects = max(depth, own+deeper), introspects || asks
	}
	return depth, introspects
}

// maxComplexity is how much an operation may cost: fields, times the items that they
// are asked of.
func maxComplexity(ctx context.Context, _ *graphql.OperationContext) int {
	if _, signedIn := core.IdentityFrom(ctx); signedIn {
		return signedInComplexity
	}
	return anonymousComplexity
}
