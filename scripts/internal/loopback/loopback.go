// Package loopback says which host names lead to this machine and nowhere else.
package loopback

import (
	"net"
	"strings"
)

// Host reports whether host, without a port, is localhost in any letter case or an
// address of the loopback network. Brackets around an IPv6 address may be there.
func Host(host string) bool {
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
