package keygen

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authkeel/authkeel/core/jwks"
	"github.com/authkeel/authkeel/scripts/internal/cli"
)

func call(t *testing.T, args ...string) (code int, out, wrong string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Command().Run(t.Context(), cli.IO{In: strings.NewReader(""), Out: &stdout, Err: &stderr}, args)
	return code, stdout.String(), stderr.String()
}

// TestKeys: what is written is a private key whose public key jwks.Handler serves.
func TestKeys(t *testing.T) {
	for _, alg := range []string{"ES256", "RS256", "EdDSA"} {
		file := filepath.Join(t.TempDir(), "key.pem")
		code, out, wrong := call(t, "--alg", alg, "--kid", "k1", file)
		if code != cli.ExitOK || !strings.Contains(out, `jwks.NewKey("k1", "`+alg+`"`) {
			t.Fatalf("%s: got %d, %s%s", alg, code, out, wrong)
		}
		info, err := os.Stat(file)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got %v, %v", alg, info.Mode(), err)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		block, rest := pem.Decode(text)
		if block == nil || len(rest) > 0 {
			t.Fatalf("%s: got %s", alg, text)
		}
		private, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		key, err := jwks.NewKey("k1", alg, private.(crypto.Signer).Public())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jwks.Handler(key); err != nil {
			t.Error(err)
		}
		if code, _, wrong := call(t, file); code != cli.ExitFailed || !strings.Contains(wrong, "never overwritten") {
			t.Errorf("%s: a second time: got %d, %s", alg, code, wrong)
		}
		if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, text) {
			t.Errorf("%s: the key was changed", alg)
		}
	}
}

// TestKeyIDs: each key has an ID of its own.
func TestKeyIDs(t *testing.T) {
	_, first, _ := call(t, filepath.Join(t.TempDir(), "a"))
	_, second, _ := call(t, filepath.Join(t.TempDir(), "b"))
	id := func(out string) string {
		_, rest, _ := strings.Cut(out, "key ID     ")
		line, _, _ := strings.Cut(rest, "\n")
		return line
	}
	if id(first) == "" || id(first) == id(second) {
		t.Errorf("got %q and %q", id(first), id(second))
	}
}

func TestWrongUse(t *testing.T) {
	file := filepath.Join(t.TempDir(), "key.pem")
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{nil, cli.ExitUsage, "name one file"},
		{[]string{"a", "b"}, cli.ExitUsage, "name one file"},
		{[]string{"--alg", "HS256", file}, cli.ExitUsage, "use ES256, RS256 or EdDSA"},
		{[]string{"--kid", "a\nb", file}, cli.ExitUsage, "control characters"},
		{[]string{filepath.Join(file, "below")}, cli.ExitFailed, "no such file"},
		{[]string{"--help"}, cli.ExitOK, ""},
	} {
		if code, _, wrong := call(t, row.args...); code != row.code || !strings.Contains(wrong, row.want) {
			t.Errorf("%v: got %d, %s", row.args, code, wrong)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("a key was written")
	}
}
