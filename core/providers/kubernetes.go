package providers

import (
	"github.com/authkeel/authkeel/core"
	"github.com/authkeel/authkeel/core/jwks"
)

// Kubernetes returns the issuer of the service account tokens of a cluster. issuer is
// what `kubectl get --raw /.well-known/openid-configuration` shows; audience is what
// pods ask for in a projected volume (serviceAccountToken.audience).
//
//	providers.Kubernetes("https://kubernetes.default.svc.cluster.local", "https://api.example.com")
//
// The issuers of managed clusters (EKS, GKE, AKS) are public and need nothing more. A
// cluster's own issuer has a certificate of the cluster's CA and asks for credentials,
// unless the ClusterRole system:service-account-issuer-discovery was bound to
// system:unauthenticated: give a client that trusts the CA, and sends a token to this
// issuer alone, as jwks.Options.HTTPClient.
//
// Subject is "system:serviceaccount:<namespace>:<name>". There are no roles and no
// scopes. A missing audience is an error of the pod: the token for the API server has
// the API server's audience and is refused. It does not ask whether the pod still
// exists: tokens live for an hour or so.
func Kubernetes(issuer, audience string, keys ...jwks.Options) (core.Issuer, error) {
	in := newInput("Kubernetes", keys)
	in.url("issuer", issuer, "https://kubernetes.default.svc.cluster.local")
	in.text("audience", audience, "https://api.example.com")
	return in.discovered(core.Issuer{URL: issuer, Audiences: []string{audience}})
}
