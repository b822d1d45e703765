module github.com/authkeel/authkeel/scripts/dev

go 1.25.0

require (
	github.com/authkeel/authkeel/scripts v0.1.0
	golang.org/x/mod v0.39.0
)
