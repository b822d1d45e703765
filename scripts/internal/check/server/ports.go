package server

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// freePort returns a port on which no program listens now.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	port := l.Addr().(*net.TCPAddr).Port
	return port, l.Close()
}

// answers returns the base URL of a server that speaks HTTP on the port of this machine,
// by IPv4 or by IPv6. It is empty when there is none.
func answers(ctx context.Context, port int) string {
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true},
		Timeout:       3 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		base := fmt.Sprintf("http://%s:%d", host, port)
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/", http.NoBody)
		if err != nil {
			return ""
		}
		if res, err := client.Do(r); err == nil {
			res.Body.Close()
			return base
		}
	}
	return ""
}

// listening returns the TCP ports on which the processes of a group listen, as Linux
// lists them below /proc. ok is false on systems that do not.
func listening(proc string, group int) (ports []int, ok bool) {
	stats, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "stat"))
	if err != nil || len(stats) == 0 {
		return nil, false
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil || groupOf(string(text)) != group {
			continue
		}
		dir := filepath.Dir(stat)
		sockets := socketsOf(dir)
		for _, table := range []string{"tcp", "tcp6"} {
			text, err := os.ReadFile(filepath.Join(dir, "net", table))
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(text)) {
				if port, inode := listener(line); port > 0 && sockets[inode] && !slices.Contains(ports, port) {
					ports = append(ports, port)
				}
			}
		}
	}
	slices.Sort(ports)
	return ports, true
}

// members counts the living processes of a group. known is false on systems that do not
// list them below /proc.
func members(proc string, group int) (alive int, known bool) {
	stats, err := filepath.Glob(filepath.Join(proc, "[0-9]*", "stat"))
	if err != nil || len(stats) == 0 {
		return 0, false
	}
	for _, stat := range stats {
		text, err := os.ReadFile(stat)
		if err != nil || groupOf(string(text)) != group {
			continue
		}
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if fields[0] != "Z" && fields[0] != "X" { // ended, and not waited for
			alive++
		}
	}
	return alive, true
}

// groupOf reads the process group out of a line of /proc/<pid>/stat, whose second
// field is a name in parentheses that may hold anything.
func groupOf(stat string) int {
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	if len(fields) < 3 {
		return 0
	}
	group, err := strconv.Atoi(fields[2])
	if err != nil {
		return 0
	}
	return group
}

// socketsOf returns the inodes of the sockets that a process has open.
func socketsOf(dir string) map[string]bool {
	found := map[string]bool{}
	links, err := filepath.Glob(filepath.Join(dir, "fd", "*"))
	if err != nil {
		return found
	}
	for _, link := range links {
		target, err := os.Readlink(link)
		if err != nil {
			continue // it was closed in the meantime
		}
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			found[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return found
}

// listener reads port and inode of a line of /proc/net/tcp, if it is a socket
// that listens (state 0A).
func listener(line string) (port int, inode string) {
	fields := strings.Fields(line)
	if len(fields) < 10 || fields[3] != "0A" {
		return 0, ""
	}
	_, hex, ok := strings.Cut(fields[1], ":")
	number, err := strconv.ParseInt(hex, 16, 32)
	if !ok || err != nil {
		return 0, ""
	}
	return int(number), fields[9]
}

var (
	tellsPort = regexp.MustCompile(`(?i)listen|start|running|serv|ready|http://`)
	portText  = regexp.MustCompile(`(?i)(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|^|[\s"'=(])(?::|port[ =:]+)(\d{2,5})\b`)
)

// announced returns the ports that a server's log says it listens on, for systems that
// do not list them.
func announced(log string) []int {
	var ports []int
	for line := range strings.Lines(log) {
		if !tellsPort.MatchString(line) {
			continue
		}
		for _, m := range portText.FindAllStringSubmatch(line, -1) {
			if port, err := strconv.Atoi(m[1]); err == nil && port < 1<<16 && !slices.Contains(ports, port) {
				ports = append(ports, port)
			}
		}
	}
	return ports
}
