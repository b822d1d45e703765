module github.com/authkeel/authkeel/examples/playground

go 1.25.0
