package explain

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/authkeel/authkeel/scripts/internal/cli"
)

// maxToken bounds how much is read as a token, in bytes; core accepts 16 KiB.
const maxToken = 64 << 10

// readToken returns the token of the arguments: the text, or what stands on
// standard input for "-". "Bearer " in front and white space around are dropped.
func readToken(arg string, in io.Reader) (string, error) {
	if arg == "-" {
		text, err := io.ReadAll(io.LimitReader(in, maxToken+1))
		if err != nil {
			return "", err
		}
		arg = string(text)
	}
	if len(arg) > maxToken {
		return "", fmt.Errorf("the token is longer than %d bytes", maxToken)
	}
	arg = strings.TrimSpace(arg)
	if len(arg) > 7 && strings.EqualFold(arg[:7], "Bearer ") {
		arg = strings.TrimSpace(arg[7:])
	}
	if arg == "" {
		return "", fmt.Errorf("there is no token")
	}
	return arg, nil
}

// printParts shows what the token says, without its signature. Nothing in it is
// verified.
func printParts(w io.Writer, token string) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		fmt.Fprintf(w, "The token has %d parts between dots; a signed JWT has three.\n", len(parts))
		return
	}
	for i, name := range []string{"header", "claims"} {
		text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[i], "="))
		var pretty bytes.Buffer
		if err != nil || json.Indent(&pretty, text, "", "  ") != nil {
			fmt.Fprintf(w, "%s: not base64url of JSON\n", name)
			continue
		}
		fmt.Fprintf(w, "%s (not verified):\n%s\n", name, cli.Clean(pretty.String()))
	}
}

// claimedIssuer is `iss` of a token, unverified, or "".
func claimedIssuer(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return ""
	}
	var claims map[string]json.RawMessage
	var iss string
	if json.Unmarshal(text, &claims) != nil || json.Unmarshal(claims["iss"], &iss) != nil {
		return ""
	}
	return iss
}
