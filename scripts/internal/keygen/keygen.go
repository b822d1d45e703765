// Package keygen is `authkeel keygen`: it makes a signing key for programs that sign
// their own tokens.
package keygen

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// Command returns the command.
func Command() cli.Command {
	c := cli.Command{
		Name:    "keygen",
		Summary: "make a signing key for an API that signs its own tokens",
		Usage:   "keygen [--alg ES256|RS256|EdDSA] [--kid ID] FILE",
		Help: `Writes a new private key to FILE (PKCS #8, PEM, mode 0600) and prints its key ID.
A file that exists is never overwritten. Keep FILE out of the repository.

It is for an API that signed its tokens with a shared secret (HS256) until now: sign
with the private key, and serve the public key with jwks.Handler, so that nobody who
verifies tokens can also make them.

  authkeel keygen signing-key.pem
`,
	}
	c.Run = func(_ context.Context, streams cli.IO, args []string) int { return run(c, streams, args) }
	return c
}

func run(c cli.Command, streams cli.IO, args []string) int {
	flags := c.Flags()
	alg := flags.String("alg", "ES256", "the JWS `algorithm` of the tokens: ES256, RS256 or EdDSA")
	kid := flags.String("kid", "", "the key `ID` that tokens name (default: today's date and random text)")
	rest, code, done := c.Parse(flags, streams, args)
	switch {
	case done:
		return code
	case len(rest) != 1:
		return c.Wrong(streams, "name one file to write the private key to, such as signing-key.pem")
	case len(*kid) > 256 || strings.ContainsFunc(*kid, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return c.Wrong(streams, "--kid %.40q: use at most 256 bytes without control characters", *kid)
	}
	if *kid == "" {
		*kid = time.Now().UTC().Format(time.DateOnly) + "-" + strings.ToLower(rand.Text()[:6])
	}
	private, err := generate(*alg)
	if err != nil {
		return c.Wrong(streams, "--alg %s: use ES256, RS256 or EdDSA", *alg)
	}
	if err := write(rest[0], private); err != nil {
		fmt.Fprintln(streams.Err, "authkeel keygen:", err)
		return cli.ExitFailed
	}
	fmt.Fprintf(streams.Out, `Wrote the private key to %s. Only you can read it; keep it out of the repository.

  algorithm  %s
  key ID     %s

Name the key ID in the header of each token (kid), and serve the public key:

  key, err := jwks.NewKey(%q, %q, private.Public())
  handler, err := jwks.Handler(key) // mount it at /.well-known/jwks.json
`, rest[0], *alg, *kid, *kid, *alg)
	return cli.ExitOK
}

func generate(alg string) (crypto.Signer, error) {
	switch alg {
	case "ES256":
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "RS256":
		return rsa.GenerateKey(rand.Reader, 3072) // NIST SP 800-57: 128 bits of security, as ES256 has
	case "EdDSA":
		_, private, err := ed25519.GenerateKey(rand.Reader)
		return private, err
	}
	return nil, errors.New("unknown algorithm")
}

// write writes the key to a new file.
func write(name string, private crypto.Signer) error {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists: a key is never overwritten, choose another name", name)
	}
	if err != nil {
		return err
	}
	err = errors.Join(pem.Encode(f, &pem.Block{Type: "PRIVATE KEY", Bytes: der}), f.Close())
	if err != nil {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
