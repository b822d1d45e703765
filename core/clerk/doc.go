// Package clerk accepts the sessions of Clerk (clerk.com).
//
//	auth, err := clerk.NewFromEnv()
//
// [New] and [NewFromEnv] return a core.Authenticator, which ginauth, echoauth,
// fiberauth and chiauth mount as middleware. The publishable key names the
// instance: its Frontend API is the one issuer whose sessions are accepted, and
// publishes the keys. With a PEM ([Config].JWTKey) nothing is fetched at all.
//
// # What a session must be
//
// On top of what core demands of every token: signed with RS256; `iss` exactly
// the Frontend API; `typ` absent or JWT; `cat`, where there is one, that of
// sessions; `sid` beginning sess_; `sub` not of a machine; `azp` one of
// [Config].AuthorizedParties where they are set; not pending. An instance signs
// its JWT templates, machine tokens and OAuth tokens with the same key: none of
// them passes for a session.
//
// # What you get
//
// The core.Identity has the user id as Subject, the active organization, its role
// ("org:admin") among the roles, its permissions ("org:dashboard:read") among
// the permissions, and whoever impersonates the user as Actor. [SessionFrom] has
// features, plans and the age of the factors as well; [Has] asks for any of it.
// Tokens of version 1 and 2 of the claims give the same.
//
// Claims are as old as the token, a minute by Clerk's default: a role that was
// taken away, or a session that was ended, counts until the token expires. See
// core.Config.Revocations where that is too long.
//
// # What the token does not say
//
// [Backend] calls the Backend API: users and their metadata, memberships,
// organizations, sessions. A [Directory] on top of it remembers users for a
// minute; given to [Config], it lets core.Role and its like know the role, roles
// and permissions in a user's public metadata, and [CurrentUser] return the user.
// A change counts after a minute, or at once with [Directory.Invalidate] behind a
// webhook. While Clerk is away the last answer serves for ten minutes; whoever is
// not known is refused with 503.
//
// # Machines
//
// API keys, M2M and OAuth tokens are off unless [Config].Accept names them. They
// have scopes and no roles; [MachineFrom] says more. Give their routes an
// Authenticator of their own, with the same [Keys].
//
// How this differs from Clerk's JavaScript, and why, is a table in the README.
package clerk
