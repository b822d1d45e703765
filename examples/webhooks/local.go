package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/authkeel/authkeel/core/clerk"
	"github.com/authkeel/authkeel/core/devissuer/devclerk"
)

// startLocal starts a stand-in for a Clerk instance. Ada and Mo are in it already.
func startLocal() (*devclerk.Instance, error) {
	instance, err := devclerk.Start(devclerk.Options{})
	if err != nil {
		return nil, err
	}
	instance.PutUser(devclerk.User{ID: "user_max", FirstName: "Max", Email: "max@example.test"})
	instance.PutMembership("user_max", "org_acme", "org:admin")
	return instance, nil
}

// localConfig is what the environment says for a real instance.
func localConfig(instance *devclerk.Instance) clerk.Config {
	return clerk.Config{
		PublishableKey: instance.PublishableKey(), SecretKey: instance.SecretKey(), ProxyURL: instance.ProxyURL(),
		APIURL: instance.APIURL(), AuthorizedParties: []string{instance.AuthorizedParty()},
	}
}

// localSessions are those for which tokens are printed, by the name of the person.
func localSessions() []devclerk.Session {
	maxSession := devclerk.Admin()
	maxSession.ID, maxSession.User = "sess_max", "user_max"
	return []devclerk.Session{devclerk.Admin(), maxSession, devclerk.Member()}
}

// localGreeting has shell variables with the secret of the webhooks and a token for
// each of the people.
func localGreeting(instance *devclerk.Instance) string {
	text := "\nTokens for 8 hours; paste these lines into another terminal:\n" +
		"export " + clerk.EnvWebhookSecret + "=" + instance.WebhookSecret() + "\n"
	for _, session := range localSessions() {
		name := strings.ToUpper(strings.TrimPrefix(session.User, "user_"))
		text += fmt.Sprintf("%s=%s\n", name, instance.Token(session, devclerk.Claims{"exp": time.Now().Add(8 * time.Hour).Unix()}))
	}
	return text
}
