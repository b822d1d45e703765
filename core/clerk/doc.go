// Package clerk accepts the sessions of Clerk (clerk.com).
//
//	auth, err := clerk.NewFromEnv()
//
// [New] and [NewFromEnv] return a core.Authenticator, which ginauth, echoauth,
// fiberauth and chiauth mount as middleware. The publishable key names the
// instance: its Frontend API is the only issuer whose sessions are accepted, and
// publishes the keys. With a PEM ([Config].JWTKey) nothing is fetched at all.
//
// # What a session must be
//
// On top of what core requires of every token: signed with RS256; `iss` exactly
// the Frontend API; `typ` absent or JWT; `cat`, where there is one, that of
// sessions; `sid` beginning with sess_; `sub` not of a machine; `azp` one of
// [Config].AuthorizedParties where they are set; not pending. An instance signs
// the tokens of JWT templates, machines and OAuth clients with the same key: none
// of them is accepted as a session.
//
// # What you get
//
// The core.Identity has the user ID as Subject, the active organization, its role
// ("org:admin") among the roles, its permissions ("org:dashboard:read") among the
// permissions, and the impersonator as Actor. [SessionFrom] has features, plans and
// the age of the factors as well; [Has] is a policy about all of them. Versions 1
// and 2 of the claims give the same.
//
// Claims are as old as the token, up to a minute by Clerk's default: a role that
// was taken away, or a session that was ended, counts until the token expires. Where
// that is too long, [Revoke] puts what has ended into a revocation.List.
//
// # What the token does not say
//
// Package clerkapi calls the Backend API: users and their metadata, memberships,
// organizations, sessions. A [Directory] on top of it remembers users for a
// minute. In [Config] it makes the roles and permissions in a user's public
// metadata count for core.Role and the like, memberships for core.MemberOf and
// core.RoleIn, and lets [CurrentUser] return the user. A change counts after a
// minute, or with [Directory.Invalidate] behind a webhook within a second on all
// replicas that share a store. While Clerk does not answer, the last answer is used
// for ten minutes; a user who is not known gets 503.
//
// # Webhooks
//
// [NewWebhook] receives Clerk's webhooks, with the constants of this package for
// the event types and the types of clerkapi for the data.
//
// # Machines
//
// API keys, M2M and OAuth tokens are refused unless [Config].Accept names them.
// They have scopes and no roles; [MachineFrom] says more. Give their routes an
// Authenticator of their own, with the same [Keys].
//
// The README has a table of the differences from Clerk's JavaScript SDK, with
// reasons.
package clerk
