// Package graphqlauth brings authentication and authorization into a GraphQL
// schema: the bodies of directives, errors with codes, who is calling, and the
// authentication of WebSockets. It imports no GraphQL library. What is decided is
// decided by core; this package says it in GraphQL's terms.
//
//	directive @auth on FIELD_DEFINITION | OBJECT
//	directive @hasRole(role: String!) repeatable on FIELD_DEFINITION | OBJECT
//	directive @hasPermission(permission: String!) repeatable on FIELD_DEFINITION | OBJECT
//	directive @hasScope(scope: String!) repeatable on FIELD_DEFINITION | OBJECT
//
// The functions [Auth], [HasRole], [HasPermission] and [HasScope] have the
// signature of gqlgen's directives:
//
//	config := graph.Config{Resolvers: resolvers}
//	config.Directives.Auth = graphqlauth.Auth
//	config.Directives.HasRole = graphqlauth.HasRole
//
// One endpoint serves public and protected fields, so mount OptionalAuth of your
// framework's adapter before the GraphQL handler: a token that is there must be
// good, and a caller without one is anonymous until a directive asks for more.
//
// # What the client sees
//
// A request whose token is not accepted never reaches GraphQL: it gets core's answer,
// such as HTTP 401. What a directive refuses is an entry of "errors" in an answer
// whose status is 200, with a code in its extensions:
//
//	case                                              extensions.code
//	nobody is authenticated, or the token has ended   UNAUTHENTICATED
//	a right is missing                                FORBIDDEN
//	the token is in the wrong place or form           BAD_REQUEST
//	too many requests                                 RATE_LIMITED
//	keys, revocations or rights are unavailable       SERVICE_UNAVAILABLE
//	a mistake in the program                          INTERNAL_SERVER_ERROR
//
// The message is that of core's answer, and says nothing about why. RATE_LIMITED and
// SERVICE_UNAVAILABLE come with retryAfter, in seconds; FORBIDDEN with scope where
// scopes were asked for, and with [core.DeniedError.Hint]. Let the error presenter of
// your GraphQL library ask [ErrorOf] first. [core.Config.RewriteRefusal] is about
// HTTP answers and changes nothing here.
//
// # Subscriptions
//
// A browser cannot set headers for a WebSocket, so clients send the token in the
// first message: {"type": "connection_init", "payload": {"Authorization": "Bearer …"}}.
// Wrap the GraphQL handler in [Handshake], call [Connect] when that message comes, and
// close the connection with [CloseReason] when the context that it returns has ended.
package graphqlauth
