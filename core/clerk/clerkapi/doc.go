// Package clerkapi has the objects of Clerk's Backend API and a client for it.
//
// The same types are the data of Clerk's webhooks, so that code which stores a
// [User] works for both: for webhook.Typed(saveUser) and for what
// [Backend.User] returns.
//
//	api, err := clerkapi.NewBackend(clerkapi.BackendConfig{SecretKey: os.Getenv("CLERK_SECRET_KEY")})
//	ada, err := api.User(ctx, "user_…")
//
// The client has the calls that an API needs to authorize: users and their
// metadata, organizations, memberships, sessions, and the verification of
// machine tokens. For everything else use clerk-sdk-go. Package clerk is for
// what tokens say.
//
// # How answers are read
//
// Member names count exactly as Clerk writes them, and a name that occurs twice
// in an object of Clerk's is an error. Metadata is not read, only kept: users
// write a part of it, and nothing in it can make the rest unreadable. An answer
// that is not 200, not JSON, longer than 1 MiB, or about another object than
// the one that was asked for is an outage ([core.ErrUnavailable]), never an
// object.
package clerkapi
