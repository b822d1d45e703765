package clerk

import (
	"strings"
	"testing"
)

func TestNewDirectory(t *testing.T) {
	for field, cfg := range map[string]DirectoryConfig{
		"Users": {}, "MaxAge": {Users: newFake(), MaxAge: -1}, "Timeout": {Users: newFake(), Timeout: -1}, "MaxUsers": {Users: newFake(), MaxUsers: -1},
	} {
		if _, err := NewDirectory(cfg); err == nil || !strings.Contains(err.Error(), "DirectoryConfig."+field+" ") {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
