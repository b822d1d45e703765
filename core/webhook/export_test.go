package webhook

import "encoding/base64"

// Sign is the sender's side, which has no place in the package.
func Sign(secret, text string) string {
	k, err := parseSecret(secret)
	if err != nil {
		panic(err)
	}
	mac := k()
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
