// Package devclerk is a stand-in for a Clerk instance on one machine: its keys,
// session tokens, tokens of the other types that one key signs, signed webhooks,
// and a Backend API with users, organizations, memberships, sessions and machine
// tokens in memory.
//
// It is for development and tests only: it signs everything that it is asked to
// sign. It shares no code with package clerk, so that a mistake there is not
// repeated here.
//
//	instance, err := devclerk.Start(devclerk.Options{})
//	token := instance.Token(devclerk.Admin(), nil)
//
// What it does not have of the Backend API, a path, a filter or a member, it
// answers with 501 and says that it is the stand-in. It never claims that
// something does not exist because it was not built.
package devclerk
