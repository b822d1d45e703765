module github.com/authkeel/authkeel/scripts

go 1.25.0
