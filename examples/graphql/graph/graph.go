// Package graph is the GraphQL schema of the blog and its resolvers. What a field asks
// of the caller is in schema.graphqls; what depends on the data is in package blog.
package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"

	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/graphqlauth"
	"github.com/authkeel/authkeel/core/revocation"
	"github.com/authkeel/authkeel/examples/blog"
)

//go:generate go tool gqlgen generate --config ../gqlgen.yml

// NewSchema returns the schema with its directives. revocations is the list of the
// Authenticator, for signOut.
func NewSchema(service *blog.Service, revocations *revocation.List) graphql.ExecutableSchema {
	config := Config{Resolvers: &resolver{service, revocations}}
	config.Directives.Auth = graphqlauth.Auth
	config.Directives.HasRole = graphqlauth.HasRole
	config.Directives.HasPermission = graphqlauth.HasPermission
	config.Directives.HasScope = graphqlauth.HasScope
	setComplexity(&config.Complexity)
	return NewExecutableSchema(config)
}

// setComplexity has lists cost as much as all that they may hold.
func setComplexity(c *ComplexityRoot) {
	list := func(childComplexity, first int, _ *string) int {
		return 1 + childComplexity*min(max(first, 1), blog.MaxPage) // a larger page is refused later
	}
	c.Query.Posts, c.Query.MyPosts, c.Query.Users = list, list, list
	c.User.Posts = func(childComplexity, first int, after *string) int { return list(childComplexity, first, after) }
	c.Mutation.ImportPosts = func(childComplexity int, input []blog.Draft) int { return (1 + childComplexity) * max(len(input), 1) }
}

type resolver struct {
	service     *blog.Service
	revocations *revocation.List
}

func (r *resolver) Query() QueryResolver               { return queries{r} }
func (r *resolver) Mutation() MutationResolver         { return mutations{r} }
func (r *resolver) Subscription() SubscriptionResolver { return subscriptions{r} }
func (r *resolver) Post() PostResolver                 { return posts{r} }
func (r *resolver) User() UserResolver                 { return users{r} }

// signOut revokes the caller's session, or what the token names instead.
func (r *resolver) signOut(ctx context.Context) error {
	id, ok := core.IdentityFrom(ctx)
	switch {
	case !ok:
		return graphqlauth.Authorize(ctx, core.Role(graphqlauth.AdminRole)) // refuses who is nobody
	case id.SessionID() != "":
		return r.revocations.RevokeSession(ctx, id.Issuer(), id.SessionID())
	case id.TokenID() != "":
		return r.revocations.RevokeToken(ctx, id.Issuer(), id.TokenID())
	}
	return r.revocations.RevokeSubject(ctx, id.Issuer(), id.Subject(), r.revocations.Now())
}
