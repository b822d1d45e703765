module github.com/authkeel/authkeel/scripts

go 1.25.0

require (
	go.yaml.in/yaml/v3 v3.0.4
	golang.org/x/mod v0.39.0
	golang.org/x/oauth2 v0.30.0
)
